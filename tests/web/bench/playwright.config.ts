// Measurements of the page, apart from the tests: scripts/bench.sh --page runs them.

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '*.bench.ts',
  workers: 1,
  timeout: 1_200_000,
  reporter: [['line']],
});
