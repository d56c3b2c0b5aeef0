// The browser tests of the page: one Chromium, one worker, nothing tried twice. The page under test is www/dist.

import { defineConfig } from '@playwright/test';
import { WITH_WEBGPU } from './support/browser.ts';

const withModels = Boolean(process.env['TEMPO_REAL_MODELS']);
// Once, not in every worker.
if (!withModels && process.env['TEST_WORKER_INDEX'] === undefined)
  console.log('NOT RUN: real.spec.ts (TEMPO_REAL_MODELS names no folder with what scripts/models.sh fetches)');

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  // A browser of its own each: engines/playwright.config.ts.
  testIgnore: [/tests\/web\/engines\//, ...(withModels ? [] : [/real\.spec\.ts$/])],
  workers: 1,
  retries: 0,
  forbidOnly: true,
  fullyParallel: false,
  // WebGPU is played by a program here, and a first step compiles its shaders.
  timeout: 600_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    browserName: 'chromium',
    launchOptions: WITH_WEBGPU,
    viewport: { width: 1440, height: 1000 },
    // The first run plays by itself where things may move; the tests that are about this say so.
    contextOptions: { reducedMotion: 'reduce' },
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    trace: 'off',
    screenshot: 'only-on-failure',
  },
});
