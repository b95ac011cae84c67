import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { sabotagePlugin } from './test/sabotages/plugin.ts';

// Real processes, sockets and wall clocks.
const system = [
  ...['sandbox', 'wire', 'cli', 'lab/sandbox', 'lib/adapters/prober'].map((folder) => `test/${folder}/**/*.test.ts`),
  'test/lib/adapters/{aws-client,dns-resolver,own-reply,probe,system-clock}.test.ts',
];

/** The files that run longest, longest first. Where no earlier run has left its times, as in a fresh clone, Vitest begins with the largest files. */
const longest = [
  ...['wire/instance', 'cli/start', 'wire/cluster', 'cli/drill/drill', 'wire/doctor', 'wire/ipv6', 'wire/api-access'],
  ...['wire/probe', 'wire/world', 'wire/hostname', 'cli/access/sandbox', 'wire/doctor-permissions'],
  ...['simulation/storm', 'interleavings/interleavings', 'simulation/checker', 'infra/app'],
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

// These compute: more workers than cores would only load the same packages more often.
const onCores = { maxWorkers: Math.min(availableParallelism(), 6), sequence: { groupOrder: 1 } };

// A sabotage is made as Vite loads a file.
const isSabotaged = Boolean(process.env.SABOTAGE);

export default defineConfig({
  plugins: [sabotagePlugin()],
  test: {
    // What a sabotage has changed must not come back from the cache, here or in a later run.
    fsModuleCache: !isSabotaged,
    // Wire tests start processes; the sandbox's clock runs fast, but a loaded machine does not.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { sequencer: LongestFirst },
    globalSetup: 'test/compile-cache.ts',
    // An app without cdk.json's flags starts an engine of rules for seconds, only to warn: tests ask for the rules where they bind.
    env: { CDK_VALIDATION: 'false' },
    projects: [
      {
        extends: true,
        test: {
          name: 'core',
          // Node loads the modules itself: simulations take a quarter more through Vite's accessors.
          experimental: { viteModuleRunner: isSabotaged },
          include: ['test/**/*.test.ts'],
          exclude: [...system, 'test/infra/**'],
          // Modules are loaded once: no file leaves anything for the next.
          isolate: false,
          ...onCores,
        },
      },
      // Once more, and reported as such: a machine that paused this process for a second has found no defect.
      {
        extends: true,
        test: {
          name: 'system',
          include: system,
          retry: 1,
          isolate: false,
          setupFiles: ['test/fresh.ts'],
          // These wait for processes and timers more than for a core; with eight some run into their time-outs on two cores.
          maxWorkers: 6,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'infra',
          include: ['test/infra/**/*.test.ts'],
          setupFiles: ['test/infra/temporary.ts'],
          // Nothing of a file is seen by the next, and aws-cdk-lib takes longer to load than most files to run.
          isolate: false,
          // A synth is work for a core, and takes more than half a minute where many share one.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...onCores,
        },
      },
    ],
  },
});
