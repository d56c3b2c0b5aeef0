// A real model in the page: SmolLM2 of a server, as it was published, chooses on the CPU what it chooses natively. The folder
// that scripts/models.sh fills is named by TEMPO_REAL_MODELS; without it this file is NOT RUN, by name.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WITHOUT_ADAPTER } from './support/browser.ts';
import { expectSame } from './support/cases.ts';
import { ModelServer } from './support/model-server.ts';
import { agree, askFor, expectReady } from './support/models.ts';
import { native } from './support/native.ts';
import { expect, figures, generate, test } from './support/page.ts';

test.use({ launchOptions: WITHOUT_ADAPTER, serviceWorkers: 'block' });

const FILE = 'SmolLM2-135M-Instruct.Q4_1.gguf';
const PROMPT = 'She opened the letter and';
const OPTIONS = { selection_threshold: 0.05, max_set: 4, max_steps: 8, min_evidence: 1 } as const;

test('SmolLM2 of a server says in the page what it says in the program', async ({ page, open, faults }) => {
  const path = join(process.env['TEMPO_REAL_MODELS']!, FILE);
  const models = await ModelServer.open(new Map([[FILE, await readFile(path)]]));
  faults.allowOrigin(models.base);
  await open({ prompt: PROMPT, device: 'cpu', ...OPTIONS });
  await askFor(page, models.base + FILE);
  await agree(page);
  // A hundred megabytes are fetched, hashed, kept and placed.
  await expect(page.getByTestId('live-card')).toContainText('Ready', { timeout: 300_000 });
  await expectReady(page, 'SmolLM2-135M-Instruct');
  const found = await generate(page);
  const expected = await native(PROMPT, { ...OPTIONS, model: path, weights: 'auto' });
  expect(found.steps).toHaveLength(OPTIONS.max_steps);
  expect(found.steps.some(({ set }) => set.length > 1)).toBe(true);
  expectSame(found, expected);
  console.log(`SmolLM2 in the page, ${found.run.model.weights}: a step ${(await figures(page))['stepMs']} ms`);
  await models.close();
});
