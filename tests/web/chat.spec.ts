// Conversations: two turns with their lattices, what stays, and the way back to Text.

import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { clean } from './support/access.ts';
import { WITHOUT_ADAPTER } from './support/browser.ts';
import { chatModel } from './support/model-folder.ts';
import { agree, drop, expectReady } from './support/models.ts';
import { expect, goLive, ids, openSettings, test } from './support/page.ts';
import { readTrace } from './support/trace.ts';

test.use({ launchOptions: WITHOUT_ADAPTER });

const LINK = { device: 'cpu', max_steps: 5, selection_threshold: 0.05, prompt: 'Once upon a time' } as const;
const turns = (page: Page) => page.getByTestId('turn');
const box = (page: Page) => page.getByTestId('prompt');

/** The page with a model that holds conversations, in Chat. */
async function chatting(page: Page, open: (link: typeof LINK) => Promise<void>): Promise<void> {
  await open(LINK);
  await drop(page, chatModel());
  await agree(page);
  await expectReady(page, 'local files');
  await page.getByTestId('mode-chat').click();
  await expect(page.getByTestId('chat')).toContainText('Say something');
}

/** Says it and waits for the answer. */
async function say(page: Page, text: string): Promise<void> {
  const before = await turns(page).count();
  await box(page).fill(text);
  await page.keyboard.press('Enter');
  await expect(turns(page)).toHaveCount(before + 1);
  await expect(turns(page).last().getByTestId('open-turn')).toHaveAttribute('aria-pressed', 'true', {
    timeout: 60_000,
  });
  await expect(page.getByTestId('stop')).toHaveAttribute('aria-disabled', 'true');
}

test('a model without a template says why, and the way to one that has it', async ({ page, open }) => {
  await open(LINK);
  await page.getByTestId('mode-chat').click();
  const none = page.getByTestId('no-chat');
  await expect(none).toContainText('A conversation needs a model that was made for it');
  // What is offered holds conversations; the story model, which does not, is not offered beside it.
  await expect(none.getByTestId('take-to-talk')).toHaveText(/^Fetch SmolLM2 135M Instruct, 98.MB$/);
  await expect(page.getByTestId('run-live')).toHaveCount(0);
  await page.getByTestId('mode-text').click();
  await goLive(page);
  await page.getByTestId('mode-chat').click();
  await expect(none).toContainText('The small story model only continues texts');
  await expect(none.getByTestId('take-to-talk')).toBeVisible();
  await expect(page.getByTestId('generate')).toHaveAttribute('aria-disabled', 'true');
  await none.getByRole('button', { name: 'Other models' }).click();
  await expect(page.getByTestId('model-dialog')).toBeVisible();
});

test('what cannot be fetched for a conversation is told in the model dialog', async ({
  page,
  context,
  open,
  faults,
}) => {
  faults.allow(/huggingface|ERR_FAILED|Failed to fetch/);
  faults.allowOrigin('https://huggingface.co');
  await context.route('https://huggingface.co/**', (route) => route.abort());
  await open(LINK);
  await page.getByTestId('mode-chat').click();
  await page.getByTestId('take-to-talk').click();
  await expect(page.getByTestId('model-dialog').getByTestId('model-trouble')).toBeVisible({ timeout: 60_000 });
});

test('another number of steps for an answer is told where the number is set', async ({ page, open }) => {
  await open({ ...LINK, max_steps: 40 });
  await page.getByTestId('mode-chat').click();
  await openSettings(page);
  await page.getByTestId('more').locator('summary').first().click();
  await page.getByTestId('group-length').locator('summary').click();
  const told = page.getByTestId('steps-in-chat');
  await expect(told).toContainText('In Chat an answer has up to 512 steps as long as 40 stands here');
  await page.locator('#option-max_steps').fill('60');
  await expect(told).toContainText('60 steps for an answer');
  await page.getByTestId('mode-text').click();
  await expect(told).toHaveCount(0);
});

test('deleting all that is kept deletes conversations too, also in another tab', async ({ page, context, open }) => {
  await chatting(page, open);
  await say(page, 'A secret');
  const other = await context.newPage();
  await other.goto(page.url().replace(/#.*/, ''));
  await other.getByTestId('mode-chat').click();
  await expect(turns(other)).toContainText('A secret');
  // What is said here is there too, without a reload.
  await say(page, 'And another');
  await expect(turns(other)).toHaveCount(2);
  await expect(turns(other).last().getByTestId('open-turn')).toBeVisible();
  await page.getByTestId('settings').click();
  await expect(page.getByTestId('chats-kept')).toContainText('1 conversation');
  await page.getByTestId('delete-all').click();
  await page.getByTestId('delete-all').click();
  await expect(page.getByTestId('chats-kept')).toContainText('No conversations');
  await expect(page.getByTestId('kept-here')).toContainText('No models');
  await page.keyboard.press('Escape');
  await expect(turns(page)).toHaveCount(0);
  await expect(turns(other)).toHaveCount(0);
  await page.reload();
  await page.getByTestId('mode-chat').click();
  await expect(page.getByTestId('chat')).toContainText('New conversation');
  await expect(turns(page)).toHaveCount(0);
  await other.close();
});

test('two turns: each has its lattice, and the next goes on with the rows of the one before', async ({
  page,
  open,
}) => {
  await chatting(page, open);
  await box(page).fill('Hello');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('little fox');
  expect(await box(page).inputValue()).toBe('Hello\nlittle fox');
  await page.keyboard.press('Enter');
  await expect(turns(page).getByTestId('open-turn')).toHaveAttribute('aria-pressed', 'true', { timeout: 60_000 });
  await expect(turns(page).first()).toContainText('Hello\nlittle fox');
  const first = await turns(page).first().getByTestId('answer').innerText();
  expect(first.length).toBeGreaterThan(3);
  await say(page, 'And then?');
  await expect(page.locator('#lattice')).toContainText('then');
  const second = await trace(page);
  expect(second.run.chat?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  expect(second.run.chat?.messages[1]?.content.trim()).toBe(first.trim());
  expect(second.end?.answer?.text).toBe(second.end?.text);
  const whole =
    second.run.prompt.tokens.length + second.steps.slice(0, 5).reduce((sum, { set }) => sum + set.length, 0);
  expect(second.end?.work?.rows, 'rows of the first prompt are not computed again').toBeLessThan(whole);

  // The older lattice opens by a press, and the newest again.
  await turns(page).first().getByTestId('open-turn').click();
  expect(ids(await trace(page))).not.toEqual(ids(second));
  await turns(page).last().getByTestId('open-turn').click();
  expect(ids(await trace(page))).toEqual(ids(second));
});

test('the reading that is picked in the lattice is what the conversation keeps', async ({ page, open }) => {
  await chatting(page, open);
  await say(page, 'The king saw a');
  const answer = turns(page).first().getByTestId('answer');
  const before = await answer.innerText();
  // Drawn readings differ from the best one sooner or later; the seeds are the same every time.
  for (let draw = 0; draw < 8 && (await answer.innerText()) === before; draw += 1)
    await page.getByRole('button', { name: 'Another reading' }).click();
  await expect(answer).not.toHaveText(before);
  const picked = await answer.innerText();
  await say(page, 'Go on');
  expect((await trace(page)).run.chat?.messages[1]?.content.trim()).toBe(picked.trim());
});

test('a reload keeps conversation and message; search, names, files and deletion', async ({ page, open }) => {
  await chatting(page, open);
  await say(page, 'Tell me of dragons');
  await page.getByTestId('new-chat').click();
  await expect(turns(page)).toHaveCount(0);
  await say(page, 'A boat on the lake');
  await box(page).fill('not said yet');
  const answer = await turns(page).getByTestId('answer').innerText();
  await page.reload();
  await expect(turns(page).getByTestId('answer')).toHaveText(answer);
  await expect(box(page)).toHaveValue('not said yet');
  await expect(page.locator('#lattice')).toContainText('boat');

  await page.getByTestId('chats').click();
  const listed = page.getByTestId('conversation');
  await expect(listed).toHaveCount(2);
  await page.getByTestId('chats-search').fill('dragons');
  await expect(listed).toHaveCount(1);
  await clean(page, 'Chat');
  await page.getByRole('button', { name: 'Rename: Tell me of dragons' }).click();
  await page.getByRole('textbox', { name: 'New name' }).fill('Of dragons');
  await page.keyboard.press('Enter');
  await expect(listed).toContainText('Of dragons');

  const json = await saved(page, 'JSON: Of dragons');
  expect(json.name).toBe('tempo-chat-of-dragons.json');
  const file = JSON.parse(json.text) as { messages: { role: string; content: string }[]; answers: object[][] };
  expect(file.messages[0]).toEqual({ role: 'user', content: 'Tell me of dragons' });
  expect(file.answers[0]?.at(-1)).toMatchObject({ type: 'end' });
  const markdown = await saved(page, 'Markdown: Of dragons');
  expect(markdown.text).toContain('# Of dragons');
  expect(markdown.text).toContain('**You**\n\nTell me of dragons');

  await page.getByRole('button', { name: 'Delete: Of dragons' }).click();
  await page.getByRole('button', { name: 'Really delete?: Of dragons' }).click();
  await expect(listed).toHaveCount(0);
  await page.getByTestId('chats-search').fill('');
  await expect(listed).toHaveCount(1);
  await page.keyboard.press('Escape');
  await page.reload();
  await page.getByTestId('chats').click();
  await expect(listed).toHaveCount(1);
});

test('back in Text nothing is lost, and what is looked at from outside is looked at there', async ({ page, open }) => {
  await open(LINK);
  await box(page).fill('My own beginning');
  const badge = await page.getByTestId('badge').innerText();
  await page.getByTestId('mode-chat').click();
  await expect(box(page)).toHaveValue('');
  await box(page).fill('a message');
  await page.getByTestId('mode-text').click();
  await expect(box(page)).toHaveValue('My own beginning');
  await expect(page.getByTestId('badge')).toHaveText(badge);
  await page.getByTestId('mode-chat').click();
  await expect(box(page)).toHaveValue('a message');
  await page.getByTestId('runs').click();
  await page.locator('[data-file]').first().click();
  await expect(page.getByTestId('mode-text')).toHaveAttribute('aria-pressed', 'true');
  await expect(box(page)).toHaveValue('My own beginning');
});

test('system prompt and thinking are told to the template, and the thinking is set apart', async ({ page, open }) => {
  await chatting(page, open);
  await openSettings(page);
  await page.getByTestId('system-prompt').fill('Speak as a bear.');
  await page.getByTestId('thinking').selectOption('true');
  await say(page, 'Hello');
  const { run, end } = await trace(page);
  expect(run.chat).toMatchObject({ thinking: true, messages: [{ role: 'system', content: 'Speak as a bear.' }, {}] });
  expect(run.prompt.text).toContain('system: Speak as a bear.');
  expect(end?.answer?.thinking).not.toBeNull();
  await expect(turns(page).locator('summary')).toHaveText('Thinking');
  await clean(page, 'Chat');
});

/** The run on the screen, through the page's own button. */
async function trace(page: Page) {
  const arriving = page.waitForEvent('download');
  await page.getByTestId('save').click();
  return readTrace(await readFile(await (await arriving).path(), 'utf8'));
}

async function saved(page: Page, button: string): Promise<{ name: string; text: string }> {
  const arriving = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  const file = await arriving;
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}
