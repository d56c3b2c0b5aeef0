// The page for everybody: the keyboard alone; no motion where none is wanted; zoom; what is said aloud; paper.

import type { Page } from '@playwright/test';
import { drawPanels, noSidewaysScroll, selectMember } from './support/access.ts';
import { expect, test } from './support/page.ts';

test('nothing scrolls sideways at 320 px, nor at 200 % of 1280 px', async ({ page, open }) => {
  // 200 % of zoom halves the window in CSS pixels.
  for (const width of [320, 640]) {
    await page.setViewportSize({ width, height: 720 });
    await page.goto('about:blank');
    await open();
    await selectMember(page);
    await noSidewaysScroll(page, `${width} px`);
    for (const name of ['generate', 'prompt', 'settings', 'help']) await expect(page.getByTestId(name)).toBeVisible();
    await expect(page.getByRole('slider', { name: 'Step', exact: true })).toBeVisible();
  }
});

test('what has the focus is never hidden behind what is docked', async ({ page, open }) => {
  await page.setViewportSize({ width: 640, height: 720 });
  await open();
  await selectMember(page);
  const hidden: string[] = [];
  let stops = 0;
  for (; stops < 90; stops++) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate(() => {
      const focus = document.activeElement;
      if (!focus || focus === document.body) return 'end';
      const box = focus.getBoundingClientRect();
      for (const x of [0.1, 0.5, 0.9]) {
        for (const y of [0.1, 0.5, 0.9]) {
          const there = document.elementFromPoint(box.x + x * box.width, box.y + y * box.height);
          if (there && (focus.contains(there) || there.contains(focus))) return null;
        }
      }
      return focus.outerHTML.slice(0, 150);
    });
    if (found === 'end') break;
    if (found) hidden.push(found);
  }
  expect(hidden).toEqual([]);
  expect(stops, 'the page has stops, and an end').toBeGreaterThan(20);
});

test('the keyboard alone goes through the whole page', async ({ page, open }) => {
  test.slow();
  const focused = page.locator(':focus');
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  /** Tab until the focus is there; it has to be seen. */
  const tabTo = async (
    name: string,
    role: Parameters<Page['getByRole']>[0],
    back = false,
    inside = 'body',
  ): Promise<void> => {
    const wanted = page.locator(inside).getByRole(role, { name, exact: true });
    for (let i = 0; i < 120; i++) {
      await press(back ? 'Shift+Tab' : 'Tab');
      if (await wanted.evaluate((element) => element === document.activeElement, null, { timeout: 1000 })) {
        await expect(wanted, `${name} is seen`).toBeInViewport();
        const ring = await wanted.evaluate((element) => getComputedStyle(element).outlineStyle);
        expect(ring, `${name} shows its focus`).not.toBe('none');
        return;
      }
    }
    throw new Error(`Tab does not come to ${name}`);
  };

  await open({ max_steps: 60, selection_threshold: 0.1, device: 'cpu' });
  await expect(page.getByTestId('run-live')).toBeVisible();

  // The skip link comes first, and leads into the lattice.
  await press('Tab');
  await expect(focused).toHaveText('Skip to the lattice');
  await expect(focused).toBeInViewport();
  await press('Enter');
  await expect(focused).toHaveClass(/cell/);
  const newest = await focused.getAttribute('data-slot');

  // Back to the prompt; typed letters are letters.
  await tabTo('Prompt', 'textbox', true);
  await press('Control+a');
  await page.keyboard.type('A cat and a dog went');
  await expect(page.getByTestId('prompt')).toHaveValue('A cat and a dog went');
  await expect(page.locator('dialog')).toHaveCount(0);
  await tabTo('Generate', 'button');
  await press('Enter');
  await expect(page.getByTestId('badge')).toContainText('live with', { timeout: 60_000 });
  await expect(page.locator('#lattice .cell.sibling').first()).toBeVisible({ timeout: 60_000 });
  await press('g');
  await expect(page.getByTestId('generate')).toBeEnabled({ timeout: 30_000 });
  await expect(page.getByRole('slider', { name: 'Step', exact: true })).toHaveAttribute(
    'aria-valuetext',
    /ends here|Step \d+ of/,
  );

  // The lattice: one stop, arrows inside.
  const skip = page.getByText('Skip to the lattice');
  await skip.focus();
  await press('Enter', 'Home');
  const first = await focused.getAttribute('data-slot');
  await press('ArrowRight', 'ArrowRight');
  expect(await focused.getAttribute('data-slot')).not.toBe(first);
  await press('End');
  expect(Number(await focused.getAttribute('data-slot'))).toBeGreaterThan(Number(first));
  expect(newest).not.toBeNull();
  // To a member of a set of several, and down to its neighbour.
  for (let i = 0; i < 60 && !(await focused.getAttribute('aria-label'))?.includes('1 of'); i++)
    await press('ArrowLeft');
  await expect(focused).toHaveAttribute('aria-label', /1 of [2-9]/);
  await press('ArrowDown');
  await expect(focused).toHaveAttribute('aria-label', /2 of [2-9]/);
  await press('ArrowUp');

  // Pin, compare, unpin.
  await press('Enter');
  await expect(page.getByTestId('breadcrumb')).toContainText('position');
  await expect(page.locator('#inspector [role=tabpanel]')).toBeVisible();
  await press('ArrowDown', 'Shift+Enter');
  await expect(page.getByTestId('breadcrumb')).toContainText('with');
  await press('Escape');
  await expect(page.getByTestId('unpin')).toHaveCount(0);
  await expect(focused).toHaveClass(/cell/);
  await press('Enter', 'c');
  await expect(page.getByTestId('breadcrumb')).toContainText('with');

  // Time.
  await tabTo('Step', 'slider');
  await press('Home');
  await expect(page.getByTestId('breadcrumb')).toContainText('before step 0');
  await press('ArrowRight', 'ArrowRight');
  await expect(page.getByTestId('breadcrumb')).toContainText('step 1');
  await press('.');
  await expect(page.getByTestId('breadcrumb')).toContainText('step 2');
  await press('End', 'Escape');

  // The inspector's tabs.
  await skip.focus();
  await press('Enter', 'Enter');
  await tabTo('Why here', 'tab');
  await press('ArrowRight');
  await expect(focused).toHaveText('Kin');
  await press('ArrowRight');
  await expect(focused).toHaveText('Who looks at it');
  await expect(focused).toHaveAttribute('aria-selected', 'true');
  await press('End');
  await expect(focused).toHaveText('Numbers');

  // A table in place of a view, and back.
  await tabTo('Table view', 'button', true, '#inspector');
  await press('Enter');
  await expect(page.locator('#inspector table')).toBeVisible();
  await press('Enter');
  await expect(page.locator('#inspector table')).toHaveCount(0);

  // Dialogs take the focus and give it back.
  await tabTo('Settings', 'button', true);
  await press('Enter');
  await expect(page.getByTestId('settings-dialog')).toBeVisible();
  expect(await focused.evaluate((element) => element.closest('dialog') !== null)).toBe(true);
  await press('Escape');
  await expect(page.getByTestId('settings-dialog')).toBeHidden();
  await expect(focused).toHaveText('Settings');
  await press('?');
  await expect(page.getByTestId('help-dialog')).toBeVisible();
  await press('Escape');
  await expect(page.getByTestId('help-dialog')).toBeHidden();
  await press('/');
  await expect(page.getByTestId('palette-dialog')).toBeVisible();
  await page.keyboard.type('projector');
  await press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-look', 'projector');
});

test('single-letter keys can be turned off, and are dead while typing', async ({ page, open }) => {
  await open();
  await expect(page.locator('.panels')).toBeVisible();
  const here = page.getByTestId('breadcrumb');
  const start = await here.textContent();
  await page.keyboard.press(',');
  await expect(here).not.toHaveText(start!);
  const earlier = await here.textContent();

  await page.getByTestId('prompt').fill('');
  await page.getByTestId('prompt').pressSequentially('k,.[]{}gtmaxcse/?');
  await expect(page.getByTestId('prompt')).toHaveValue('k,.[]{}gtmaxcse/?');
  await expect(here).toHaveText(earlier!);
  await expect(page.locator('dialog')).toHaveCount(0);

  await page.getByTestId('settings').click();
  await page.getByTestId('single-keys').uncheck();
  await page.keyboard.press('Escape');
  await page.locator('#lattice .cell').last().focus();
  for (const key of [',', '.', '/', '?', 'g', 'k']) await page.keyboard.press(key);
  await expect(here).toHaveText(earlier!);
  await expect(page.locator('dialog')).toHaveCount(0);
  expect(await page.evaluate(() => window.tempoWorkers.length), 'nothing was generated').toBe(0);

  await page.reload();
  await page.keyboard.press(',');
  await expect(here, 'it is remembered').toHaveText(start!);
});

test('where motion is not wanted nothing moves', async ({ page, open }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open();
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { moved: seen });
    const look = (): void => {
      for (const animation of document.getAnimations()) {
        const timing = animation.effect?.getComputedTiming();
        if (animation.playState === 'running' && Number(timing?.duration ?? 0) > 0) {
          const target = (animation.effect as KeyframeEffect | null)?.target;
          seen.push(`${target?.className ?? ''} ${String(timing?.duration)}`);
        }
      }
      requestAnimationFrame(look);
    };
    look();
  });
  await selectMember(page);
  const slider = page.getByRole('slider', { name: 'Step', exact: true });
  await slider.focus();
  await page.keyboard.press('Home');
  for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('x');
  await page.getByTestId('settings').click();
  await page.keyboard.press('Escape');
  await expect(page.locator('#lattice .cell.marked').first(), 'what changed is outlined').toBeVisible();
  expect(await page.evaluate(() => (window as unknown as { moved: string[] }).moved)).toEqual([]);
});

test('the live region says what happened, and no more than is wanted', async ({ page, open }) => {
  await open();
  const said = page.getByTestId('live-region');
  await expect(said).toHaveAttribute('aria-live', 'polite');
  await expect(said, 'the first picture is no news').toHaveText('');
  await page.getByTestId('settings').click();
  await page.getByRole('radio', { name: 'Every step' }).check();
  await page.keyboard.press('Escape');
  const slider = page.getByRole('slider', { name: 'Step', exact: true });
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(said).toContainText('Before step 0');
  await page.keyboard.press('ArrowRight');
  await expect(said).toHaveText(/^Step 0\. (Two|Three|One) tokens? at position \d+: /);
  await expect(page.locator('[aria-live]:visible, [role=status]:visible'), 'one voice').toHaveCount(1);

  await page.getByTestId('settings').click();
  await page.getByRole('radio', { name: 'Nothing', exact: true }).check();
  await page.keyboard.press('Escape');
  const last = await said.textContent();
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForTimeout(900);
  await expect(said).toHaveText(last!);
});

test('paper says what was asked and how, and cuts nothing off', async ({ page, open }) => {
  await open({});
  await drawPanels(page);
  await expect(page.getByTestId('on-paper')).toBeHidden();
  await page.setViewportSize({ width: 690, height: 1000 });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print' });
  const asked = page.getByTestId('on-paper');
  await expect(asked).toContainText('She opened the letter and');
  await expect(asked).toContainText('SmolLM2-135M-Instruct');
  await expect(asked).toContainText('24 steps at most');
  await expect(page.getByTestId('legend')).toBeVisible();
  const beyond = await page.evaluate(() =>
    [...document.querySelectorAll('.panel .cell, .panel .slot, .panel .scroller .board')]
      .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
      .map((part) => part.outerHTML.slice(0, 80)),
  );
  expect(beyond).toEqual([]);
});

test('paper has no controls', async ({ page, open }) => {
  await open({});
  await expect(page.locator('.panels')).toBeVisible();
  await selectMember(page);
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print' });
  for (const name of ['generate', 'settings', 'share', 'prompt', 'more'])
    await expect(page.getByTestId(name)).toBeHidden();
  await expect(page.getByRole('slider', { name: 'Step', exact: true })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Table view' }).first()).toBeHidden();
  await expect(page.locator('#lattice .cell').first()).toBeVisible();
  await expect(page.locator('#panel-text')).toContainText('She opened');
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(
    'rgb(255, 255, 255)',
  );
});
