import { defineConfig } from 'vitest/config';

/** The tests that judge mutants of lib/: fast ones that need no process, no bundle and no AWS construct. */
export default defineConfig({
  test: {
    include: ['test/lib/**/*.test.ts', 'test/functions/**/*.test.ts'],
    // Four hundred random interleavings cost four seconds for each mutant; what they find has rows in the other files.
    exclude: ['test/lib/races.test.ts'],
    setupFiles: ['test/mutation/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
