import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Wire tests start processes; the sandbox's clock runs fast, but a loaded machine does not.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most tests wait for processes and timers, not for a core.
    maxWorkers: 4,
    projects: [
      { extends: true, test: { name: 'core', include: ['test/**/*.test.ts'], exclude: ['test/infra/**'] } },
      {
        extends: true,
        test: { name: 'infra', include: ['test/infra/**/*.test.ts'], setupFiles: ['test/infra/temporary.ts'] },
      },
    ],
  },
});
