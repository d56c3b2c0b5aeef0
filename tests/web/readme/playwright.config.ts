// Makes the README's pictures of the page: scripts/pictures.sh. No test; nothing here fails but what cannot be drawn.

import { defineConfig } from '@playwright/test';
import { WITHOUT_ADAPTER } from '../support/browser.ts';

export default defineConfig({
  testDir: '.',
  testMatch: 'pictures.ts',
  workers: 1,
  retries: 0,
  reporter: [['list']],
  outputDir: '../test-results/readme',
  use: {
    browserName: 'chromium',
    launchOptions: WITHOUT_ADAPTER,
    contextOptions: { reducedMotion: 'reduce' },
  },
});
