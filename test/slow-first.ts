import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Few lines and much work: processes of the CDK and of compilers, drills, and simulations. */
const slow = new RegExp(
  `/test/(${[
    'cli/(docs|runbook|start)\\.test',
    'cli/commands/drill\\.test',
    'fuzz/stories',
    'infra/(app|package)\\.test',
    'infra/stacks/',
    'interleavings/',
    'simulation/',
    'wire/doctor\\.test',
  ].join('|')})`,
);

/**
 * What lasts long is begun first, lest one worker does it alone at the end. A fresh clone knows no durations, and there vitest begins with the
 * largest files.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map(({ project }) => project))];
    return projects.flatMap((one) => {
      const own = sorted.filter(({ project }) => project === one);
      return [
        ...own.filter(({ moduleId }) => slow.test(moduleId)),
        ...own.filter(({ moduleId }) => !slow.test(moduleId)),
      ];
    });
  }
}
