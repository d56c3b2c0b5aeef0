// What the tests of models do with the page: ask, fetch, drop files, look into its storage and damage it.

import { expect, type Page } from '@playwright/test';
import type { Files } from './checkpoint.ts';

const FOLDER = 'tempo-models';
const WEIGHTS = 'model.safetensors';

/** Opens the dialog, and what it has under "More". */
export async function openModels(page: Page): Promise<void> {
  await openShelf(page);
  await openMore(page);
}

/** Opens "More", where any model can be named and the device be chosen. */
export async function openMore(page: Page): Promise<void> {
  const more = page.getByTestId('model-more');
  if ((await more.getAttribute('open')) === null) await more.locator('summary').click();
  await expect(more.getByTestId('device')).toBeVisible();
}

/** Opens the dialog, which begins with the shelf. */
export async function openShelf(page: Page): Promise<void> {
  if (await page.getByTestId('model-dialog').isVisible()) return;
  const phone = page.locator('details.model:not([open]) > summary');
  if (await phone.isVisible()) await phone.click();
  const other = page.getByTestId('open-models');
  if (await other.isVisible()) await other.click();
  else await page.getByRole('button', { name: 'Change model' }).click();
  await expect(page.getByTestId('model-dialog')).toBeVisible();
}

/** Asks what the model at an address needs. */
export async function askFor(page: Page, base: string): Promise<void> {
  await openModels(page);
  await page.getByRole('radio', { name: 'Address' }).check();
  await page.getByTestId('base-url').fill(base);
  await page.getByTestId('look').click();
}

/** Agrees to fetch what was asked about. */
export async function agree(page: Page): Promise<void> {
  await expect(page.getByTestId('model-need')).toBeVisible({ timeout: 60_000 });
  await page.getByTestId('fetch').click();
}

/** The model is ready, and the card names it. */
export async function expectReady(page: Page, name: string): Promise<void> {
  await expect(page.getByTestId('live-card')).toContainText('Ready', { timeout: 60_000 });
  await expect(page.getByTestId('live-card')).toContainText(name);
}

/** Generates with the options of the page and gives the words of the lattice back, set by set. */
export async function generate(page: Page, model: string): Promise<string[]> {
  // Whoever loads a model by its button is done with the dialog.
  await expect(page.getByTestId('model-dialog')).toBeHidden();
  await page.getByTestId('generate').click();
  await expect(page.getByTestId('badge')).toContainText(`live with ${model}`, { timeout: 60_000 });
  await expect(page.getByTestId('generate')).toBeEnabled({ timeout: 60_000 });
  return page
    .locator('#lattice [role=row]')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('.cell')].map((cell) => cell.getAttribute('aria-label')).join(' | ')),
    );
}

export async function drop(page: Page, files: Files): Promise<void> {
  const plain = [...files].map(([name, bytes]) => ({ name, base64: bytes.toString('base64') }));
  const transfer = await page.evaluateHandle((list) => {
    const made = new DataTransfer();
    for (const { name, base64 } of list) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      made.items.add(new File([bytes], name));
    }
    return made;
  }, plain);
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await expect(page.getByText('Drop a trace or the files of a model')).toBeVisible();
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

/** Bytes of a stored file; 0 when it is not there. */
export async function storedBytes(page: Page, file = WEIGHTS): Promise<number> {
  return page.evaluate(
    async ({ folder, name }) => {
      const root = await navigator.storage.getDirectory();
      const models = await root.getDirectoryHandle(folder, { create: true });
      let most = 0;
      for await (const entry of models.values()) {
        if (entry.kind !== 'directory') continue;
        try {
          const handle = await (entry as FileSystemDirectoryHandle).getFileHandle(name);
          most = Math.max(most, (await handle.getFile()).size);
        } catch {
          // This model has no such file.
        }
      }
      return most;
    },
    { folder: FOLDER, name: file },
  );
}

/** Changes bytes of the one stored model, or cuts its file. */
export async function damage(page: Page, how: { at: number } | { length: number }, file = WEIGHTS): Promise<void> {
  await page.evaluate(
    async ({ folder, name, how }) => {
      const root = await navigator.storage.getDirectory();
      const models = await root.getDirectoryHandle(folder);
      for await (const entry of models.values()) {
        if (entry.kind !== 'directory') continue;
        const handle = await (entry as FileSystemDirectoryHandle).getFileHandle(name);
        const writing = await handle.createWritable({ keepExistingData: true });
        if ('length' in how) await writing.truncate(how.length);
        else await writing.write({ type: 'write', position: how.at, data: new Uint8Array([1, 2, 3, 4]) });
        await writing.close();
      }
    },
    { folder: FOLDER, name: file, how },
  );
}

/** The models in storage, by folder. */
export async function storedModels(page: Page): Promise<string[]> {
  return page.evaluate(async (folder) => {
    const root = await navigator.storage.getDirectory();
    const models = await root.getDirectoryHandle(folder, { create: true });
    const names: string[] = [];
    for await (const entry of models.values()) if (entry.kind === 'directory') names.push(entry.name);
    return names;
  }, FOLDER);
}
