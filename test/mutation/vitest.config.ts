import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Some tests wait for real time-outs. A mutant that another test kills need not wait for them. */
class SlowLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification) =>
      /\/(adapters\/(aws-client|dns-resolver|own-reply|ec2-interfaces|probe|prober\/.*)|observations\/sampling)\.test\.ts$/.test(
        moduleId,
      );
    return [...files].sort((one, other) => Number(isSlow(one)) - Number(isSlow(other)));
  }
}

/** The tests that judge mutants of lib/: fast ones that need no process, no bundle and no AWS construct. */
export default defineConfig({
  test: {
    include: process.env.MUTATION_TESTS?.split(',') ?? ['test/lib/**/*.test.ts', 'test/functions/**/*.test.ts'],
    // Four hundred random interleavings cost four seconds for each mutant; what they find has rows in the other files. Bundles hold
    // no mutant.
    exclude: [
      'test/lib/run/concurrent-runs.test.ts',
      'test/lib/adapters/prober/mysql-bundle.test.ts',
      'test/functions/{bundles,registration/*}.test.ts',
    ],
    setupFiles: ['test/mutation/setup.ts'],
    // Starting a worker for each file would take longer than the tests.
    isolate: false,
    sequence: { sequencer: SlowLast },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
