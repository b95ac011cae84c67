import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFunction } from '../sandbox/aws/lambda/function.ts';
import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { createListenerEngine } from '../sandbox/world/database/listener-engine.ts';
import { type Figure, median, ratio } from './figures.ts';

const runs = 20;
const scheduled = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} };
const foreign = {
  source: 'aws.rds',
  'detail-type': 'RDS DB Instance Event',
  resources: ['arn:aws:rds:eu-central-1:123456789012:db:another'],
  detail: { EventID: 'RDS-EVENT-0049' },
};

/** Init and first call of an execution environment, ms: ours against an empty handler, in turn, so that both see the same machine. */
export async function coldStart(): Promise<Figure[]> {
  const sandbox = await createSandbox({
    kind: 'instance',
    engine: createListenerEngine,
    loadBalancer: 'ideal',
    speed: 20,
    isScheduled: false,
  });
  const directory = await mkdtemp(join(tmpdir(), 'rds-target-bench-'));
  try {
    const empty = join(directory, 'empty.mjs');
    await writeFile(empty, 'export const handler = async () => ({});\n');
    const ours = join(import.meta.dirname, '../dist/functions/drift/index.mjs');
    const samples = { empty: [] as number[], ignored: [] as number[], check: [] as number[] };
    for (let run = 0; run < runs + 1; run++) {
      const one = {
        empty: await firstCall(sandbox, empty, scheduled),
        ignored: await firstCall(sandbox, ours, foreign),
        check: await firstCall(sandbox, ours, scheduled),
      };
      // The first round warms the machine's file cache.
      if (run === 0) continue;
      for (const name of ['empty', 'ignored', 'check'] as const) samples[name].push(one[name]);
    }
    const shown = Object.entries(samples).map(([name, list]) => `${name} ${median(list).toFixed(0)} ms`);
    return [
      {
        name: 'cold start, first call an ignored event ÷ an empty handler',
        ...ratio(median(samples.ignored), median(samples.empty), 2.0),
        note: shown.join(', '),
      },
      {
        name: 'cold start, first call a whole drift check ÷ an empty handler',
        ...ratio(median(samples.check), median(samples.empty)),
        note: 'its AWS calls and DNS included; no limit set',
      },
    ];
  } finally {
    await sandbox.close();
    await rm(directory, { recursive: true });
  }
}

async function firstCall({ clock, journal, ...sandbox }: Sandbox, bundle: string, event: unknown): Promise<number> {
  // The way into the sandbox's VPC would be part of what is measured, and an ignored event needs none.
  const { SANDBOX_GATEWAY: _, ...environment } = sandbox.environment;
  const cold = createFunction({ name: 'cold', bundle, environment, memoryMb: 256, timeoutMs: 10_000, clock, journal });
  try {
    const { status, initMs = 0, durationMs, payload } = await cold.invoke(event);
    if (status !== 'succeeded') throw new Error(`${bundle}: ${JSON.stringify(payload)}`);
    return initMs + durationMs;
  } finally {
    await cold.close();
  }
}
