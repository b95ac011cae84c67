import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Figure, median, ratio } from './figures.ts';

const runs = 20;
const command = join(import.meta.dirname, '../dist/cli/rds-target.mjs');

function wallMs(args: readonly string[]): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args);
  if (status !== 0) throw new Error(`node ${args.join(' ')}: ${stderr}`);
  return performance.now() - startedAt;
}

/** What an operator waits for before the command does anything: its start against one of Node alone, in turn. */
export async function commandStart(): Promise<Figure[]> {
  const samples = { node: [] as number[], help: [] as number[] };
  for (let run = 0; run < runs + 1; run++) {
    const one = { node: wallMs(['--eval', '0']), help: wallMs([command, '--help']) };
    // The first round warms the machine's file cache.
    if (run === 0) continue;
    for (const name of ['node', 'help'] as const) samples[name].push(one[name]);
  }
  const [node, help] = [median(samples.node), median(samples.help)];
  return [
    {
      name: 'rds-target --help ÷ node alone',
      ...ratio(help, node, 4),
      note: `${help.toFixed(0)} ms ÷ ${node.toFixed(0)} ms`,
    },
  ];
}
