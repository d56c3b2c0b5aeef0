// Sets of twenty and more: what stands in their column, and how to come to the rest by press, keyboard and ear.

import { clean } from './support/access.ts';
import { WITHOUT_ADAPTER } from './support/browser.ts';
import { recordFirst } from './support/chain.ts';
import { expect, test } from './support/page.ts';

test.use({ launchOptions: WITHOUT_ADAPTER });

const WIDE = { selection_threshold: 0.001, max_set: 40, max_steps: 5, removal: 'off' } as const;

test('a large set shows what counts most and says how much more there is; a press and the arrows reach all of it', async ({
  page,
  server,
  open,
}) => {
  const { steps } = await recordFirst(server, WIDE);
  const large = steps.findIndex(({ set }) => set.length > 16);
  expect(large, 'a large set').toBeGreaterThanOrEqual(0);
  const { set } = steps[large]!;
  await open(`#trace=letter.jsonl&time=${large}`);
  const column = page.locator('#lattice .column').last();
  await expect(column.locator('.cell')).toHaveCount(8);
  const more = column.getByRole('button', { name: `${set.length - 8} more members of this set` });
  await expect(more).toHaveText(new RegExp(`^\\+${set.length - 8} more`));
  await expect(more).toHaveAttribute('aria-expanded', 'false');
  await clean(page, 'a large set', '#lattice');

  // Down from the last member that is shown; Enter shows the others, and the focus stays.
  await column.locator('.cell').last().focus();
  await page.keyboard.press('ArrowDown');
  await expect(more).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(column.locator('.cell')).toHaveCount(set.length);
  const fewer = column.getByRole('button', { name: 'Show only the members that count most' });
  await expect(fewer).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(column.locator('.cell').last()).toBeFocused();
  await expect(column.locator('.cell').last()).toHaveAccessibleName(
    new RegExp(`member ${set.length} of ${set.length}`),
  );

  // What is pinned is shown although its set is folded again.
  await page.keyboard.press('Enter');
  await fewer.click();
  await expect(column.locator('.cell')).toHaveCount(8);
  await expect(column.locator(`[data-slot="${set.at(-1)!.slot}"]`)).toBeVisible();
});
