import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/{src,build}/**/*.test.ts', 'test/*/src/**/*.test.ts'],
    environment: 'node',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // What comes is waited for as long as a machine with much else to do needs.
    expect: { poll: { timeout: 60_000, interval: 50 } },
  },
});
