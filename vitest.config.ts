import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Renders use every core; two test files at a time keep a 2-core machine responsive.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine is no failure.
    expect: { poll: { timeout: 10_000 } },
    // Code that only child processes run counts as not covered.
    coverage: { include: ['src/**/*.ts'], reporter: ['text-summary'] },
  },
});
