// The page in Firefox and in WebKit's engine. Playwright is the runner only: its own builds of the two are not the browsers
// that people have, so Debian's are driven, each by the protocol that it speaks.

import { defineConfig } from '@playwright/test';
import type { EngineOptions } from './support/test.ts';

export default defineConfig<EngineOptions>({
  testDir: '.',
  testMatch: '*.spec.ts',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  outputDir: '../test-results/engines',
  projects: [
    { name: 'Firefox', use: { engine: 'firefox' } },
    { name: 'WebKit', use: { engine: 'webkit' } },
  ],
});
