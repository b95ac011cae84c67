import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryMb } from '../infra/reconciler/memory.ts';
import { createFunction } from '../sandbox/aws/lambda/function.ts';
import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { createListenerEngine } from '../sandbox/world/database/listener-engine.ts';
import { type CpuShare, createCpuShare, shareOf } from './cpu-share.ts';
import { type Figure, median, ratio } from './figures.ts';
import { createTlsFront } from './tls.ts';

const runs = 20;
const scheduled = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} };
const foreign = {
  source: 'aws.rds',
  'detail-type': 'RDS DB Instance Event',
  resources: ['arn:aws:rds:eu-central-1:123456789012:db:another'],
  detail: { EventID: 'RDS-EVENT-0049' },
};

/** Counts to a number: what a share of a processor does to it is known beforehand. */
const counting = `export const handler = async () => {
  const startedAt = performance.now();
  for (let i = 0; i < 3e8; i++);
  return performance.now() - startedAt;
};\n`;

type Sample = { readonly initMs: number; readonly callMs: number; readonly payload: unknown };

const total = ({ initMs, callMs }: Sample): number => initMs + callMs;
const ms = (value: number): string => `${value.toFixed(0)} ms`;

/** Init and first call of an execution environment: ours against an empty handler, in turn, so that all see the same machine. */
export async function coldStart(): Promise<Figure[]> {
  const sandbox = await createSandbox({
    kind: 'instance',
    engine: createListenerEngine,
    loadBalancer: 'ideal',
    speed: 20,
    isScheduled: false,
  });
  const directory = await mkdtemp(join(tmpdir(), 'rds-target-bench-'));
  const front = await createTlsFront(sandbox.api.url);
  const shares = { failover: createCpuShare(memoryMb.failover), drift: createCpuShare(memoryMb.drift) };
  try {
    const bundles = { empty: join(directory, 'empty.mjs'), counting: join(directory, 'counting.mjs') };
    await writeFile(bundles.empty, 'export const handler = async () => ({});\n');
    await writeFile(bundles.counting, counting);
    const start = (bundle: string, event: unknown, share?: CpuShare) =>
      firstCall(sandbox, front.environment, bundle, event, share);
    const ours = (name: string) => join(import.meta.dirname, `../dist/functions/${name}/index.mjs`);
    const samples = await inTurn({
      empty: () => start(bundles.empty, scheduled),
      ignored: () => start(ours('failover'), foreign),
      check: () => start(ours('drift'), scheduled),
      failover: () => start(ours('failover'), scheduled, shares.failover),
      drift: () => start(ours('drift'), scheduled, shares.drift),
    });
    const counted = {
      failover: await start(bundles.counting, scheduled, shares.failover),
      drift: await start(bundles.counting, scheduled, shares.drift),
    };
    return [...figuresOf(samples), sharesFigure(counted, shares.drift.how)];
  } finally {
    for (const share of Object.values(shares)) share.close();
    front.close();
    await sandbox.close();
    await rm(directory, { recursive: true });
  }
}

type Samples<Name extends string> = Readonly<Record<Name, readonly Sample[]>>;

async function inTurn<Name extends string>(starts: Readonly<Record<Name, () => Promise<Sample>>>) {
  const names = Object.keys(starts) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Record<Name, Sample[]>;
  for (let run = 0; run < runs + 1; run++)
    for (const name of names) {
      const sample = await starts[name]();
      // The first round warms the machine's file cache.
      if (run > 0) samples[name].push(sample);
    }
  return samples as Samples<Name>;
}

function figuresOf(samples: Samples<'empty' | 'ignored' | 'check' | 'failover' | 'drift'>): Figure[] {
  const of = (name: keyof typeof samples, part: (sample: Sample) => number = total) => median(samples[name].map(part));
  const first = (name: 'failover' | 'drift', limit?: number): Figure => ({
    name: `cold start of the ${name} function with ${memoryMb[name]} MB, and its first check`,
    value: Math.round(of(name)),
    unit: 'ms',
    ...(limit ? { limit } : {}),
    note: `init ${ms(of(name, ({ initMs }) => initMs))}, call ${ms(of(name, ({ callMs }) => callMs))}; by TLS`,
  });
  return [
    {
      name: 'cold start, first call an ignored event ÷ an empty handler',
      ...ratio(of('ignored'), of('empty'), 2),
      note: `${ms(of('ignored'))} ÷ ${ms(of('empty'))}`,
    },
    {
      name: 'cold start, first call a whole drift check ÷ an empty handler',
      ...ratio(of('check'), of('empty'), 2.7),
      note: `${ms(of('check'))} ÷ ${ms(of('empty'))}; its AWS calls by TLS and DNS included`,
    },
    first('failover', 150),
    first('drift'),
  ];
}

/** Whether the shares are what they should be. */
function sharesFigure(counted: Readonly<Record<'failover' | 'drift', Sample>>, how: string): Figure {
  const expected = shareOf(memoryMb.failover) / shareOf(memoryMb.drift);
  return {
    name: `a loop with ${memoryMb.drift} MB ÷ with ${memoryMb.failover} MB`,
    ...ratio(Number(counted.drift.payload), Number(counted.failover.payload)),
    note: `share of a processor by ${how}: ${expected.toFixed(2)} expected`,
  };
}

async function firstCall(
  { clock, journal, ...sandbox }: Sandbox,
  overTls: Readonly<Record<string, string>>,
  bundle: string,
  event: unknown,
  share?: CpuShare,
): Promise<Sample> {
  // The way into the sandbox's VPC would be part of what is measured, and an ignored event needs none.
  const { SANDBOX_GATEWAY: _, ...environment } = { ...sandbox.environment, ...overTls };
  const cold = createFunction({
    ...{ name: 'cold', bundle, environment, memoryMb: 256, timeoutMs: 10_000, clock, journal },
    ...(share ? { limit: share.limit } : {}),
  });
  try {
    const { status, initMs = 0, durationMs, payload } = await cold.invoke(event);
    if (status !== 'succeeded') throw new Error(`${bundle}: ${JSON.stringify(payload)}`);
    return { initMs, callMs: durationMs, payload };
  } finally {
    await cold.close();
  }
}
