import { createHandler, type Handler, type Notify } from '../../functions/invoke.ts';
import type { Telemetry } from '../../lib/adapters/telemetry.ts';
import type { Report } from '../../lib/domain.ts';
import { type Memory, newMemory } from '../../lib/memory/memory.ts';
import type { Ports } from '../../lib/ports.ts';
import { type Config, configFromEnv, configToEnv } from '../../lib/settings/config.ts';
import { cut } from './calls.ts';
import { checkEnd, checkReport, type End } from './invocation-invariants.ts';
import { type Meaning, payloadOf } from './payloads.ts';
import { createRun, portsOf, type Run } from './run.ts';
import { isBehind, type World } from './world.ts';

export const timings = { watchMs: 120_000, settleMs: 30_000, recheckMs: 1000 };

export const periodMs = 60_000;

/** Time-outs as the deployment sets them: failover and drift. */
const timeoutMs = { event: 140_000, drift: 56_000, driftOfName: 380_000 } as const;
type Kind = 'event' | 'drift';

/** Lambda runs a failed asynchronous invocation again after one and after two more minutes; a check is not: the next one comes. */
const retriesAfterMs: Readonly<Record<Kind, readonly number[]>> = { event: [60_000, 120_000], drift: [] };

/** An event that finds the reserved concurrency used up is tried again after so long, each time twice as long. */
const firstWaitMs = 1000;
const longestWaitMs = 300_000;

const functionArn = 'arn:aws:lambda:eu-central-1:123456789012:function:orders';

/** Stands between the functions and the world, or around them: what a test breaks to see whether it is noticed. */
export type Sabotage = {
  readonly config?: (config: Config) => Config;
  readonly ports?: (ports: Ports, world: World) => Ports;
  readonly handler?: (handler: Handler, ports: Ports) => Handler;
  readonly notify?: Notify;
};

type Call = {
  readonly kind: Kind;
  readonly name: string;
  readonly payload: unknown;
  readonly means: Meaning;
  readonly attempt: number;
};

/** Our two functions, woken by the story's events and by the schedule. */
export function deployReconciler(world: World, sabotage: Sabotage = {}): void {
  const { story, clock, score } = world;
  const deployed = deployedWith(configOf(world));
  const config = sabotage.config?.(deployed) ?? deployed;
  const idle: Readonly<Record<Kind, Memory[]>> = { event: [], drift: [] };
  const invoke = (call: Call) => invocation(world, { config, idle: idle[call.kind] }, sabotage, call, deliver);
  const deliver = (call: Call, waitMs = firstWaitMs) => {
    if (call.kind === 'drift' || [...world.runs].filter(({ kind }) => kind === 'event').length < world.concurrency)
      return invoke(call);
    score.fault('function: concurrency used up');
    clock.at(clock.now() + waitMs, () => deliver(call, Math.min(2 * waitMs, longestWaitMs)));
  };
  let latestSent = 0;
  story.events.forEach(({ at, payload, means = 'watch', sentAt = at, name, isAgain }, index) => {
    clock.at(at, () => {
      if (name) score.fault(`payload: ${name}`);
      if (isAgain) score.fault('event: twice');
      if (at - sentAt > 5000) score.fault('event: late');
      if (sentAt < latestSent) score.fault('event: reordered');
      if (means === 'watch' && isBehind(world)) score.fault('event: before DNS shows it');
      latestSent = Math.max(latestSent, sentAt);
      deliver({ kind: 'event', name: `event ${index + 1}`, payload, means, attempt: 0 });
    });
  });
  const tick = (number: number) => {
    const { payload } = payloadOf('scheduled', { kind: 'instance', at: clock.now(), writer: '' });
    invoke({ kind: 'drift', name: `drift ${number}`, payload, means: 'watch', attempt: 0 });
    clock.at(clock.now() + (story.everyMs ?? periodMs), () => tick(number + 1));
  };
  clock.at(story.scheduleAt, () => tick(1));
}

/** `idle`: what the execution environments remember that wait for an invocation. */
type Deployed = { readonly config: Config; readonly idle: Memory[] };

/** One invocation as Lambda makes it: real handler, real JSON, a time-out, and retries of what failed. */
function invocation(
  world: World,
  { config, idle }: Deployed,
  sabotage: Sabotage,
  call: Call,
  deliver: (call: Call) => void,
): void {
  const { clock, dice, score, story } = world;
  const { kind, name, attempt, means } = call;
  const killAt = story.kills?.find((one) => one.run === world.invocations)?.wait;
  world.invocations += 1;
  const title = attempt === 0 ? name : `${name}, retry ${attempt}`;
  const run = createRun(title, dice.chance(0.5) ? 0 : 1, clock.now(), killAt);
  const isNameCheck = kind === 'drift' && story.database.kind === 'hostname';
  const endsAt = clock.now() + timeoutMs[isNameCheck ? 'driftOfName' : kind];
  const entry = { run, kind, attempt, endsAt };
  world.runs.add(entry);
  noteCompany(world);
  world.load.open += 1;
  world.load.most = Math.max(world.load.most, world.load.open);
  const memory = idle.pop() ?? newMemory();
  const over = (isFailed: boolean) => {
    if (!world.runs.delete(entry)) return;
    world.load.open -= 1;
    if (kind === 'event') score.eventMs += clock.now() - run.begunAt;
    if (!run.isKilled) idle.push(memory);
    const afterMs = retriesAfterMs[kind][attempt];
    if (!isFailed || afterMs === undefined) return;
    score.fault('function: tried again');
    clock.at(clock.now() + afterMs, () => deliver({ ...call, attempt: attempt + 1 }));
  };
  run.kill = () => {
    if (!world.runs.has(entry) || (clock.now() >= story.stableAt && clock.now() < endsAt)) return;
    run.isKilled = true;
    score.fault('function: killed');
    score.note(() => `${run.name} is killed`);
    over(true);
  };
  const isDoomed = dice.chance(story.killRate);
  const killedAt = clock.now() + dice.between(0, kind === 'drift' ? 8000 : 60_000);
  if (isDoomed && killedAt < story.stableAt) clock.at(killedAt, run.kill);
  clock.at(endsAt, () => {
    if (!world.runs.has(entry)) return 'none woken';
    score.violate(8, `${run.name} ran into its time-out`);
    run.kill?.();
  });
  let told = 0;
  const telemetry: Telemetry = {
    report: () => undefined,
    untold: () => undefined,
    measure: () => undefined,
    fault: () => {
      told += 1;
    },
  };
  const ended = (end: End) => {
    if (!world.runs.has(entry)) return;
    score.note(() => `${run.name} ends: ${'error' in end ? end.error : end.outcome}`);
    checkEnd(world, { run, kind, means, told }, end);
    if (!('error' in end)) score.successes.push(clock.now());
    over('error' in end);
  };
  start(world, run, { config, memory, telemetry, sabotage, endsAt, payload: call.payload }).then(
    (report) => {
      checkReport(world, run, report?.detail);
      ended({ outcome: report?.outcome });
    },
    (error: unknown) => ended({ error }),
  );
}

type Start = {
  readonly config: Config;
  readonly memory: Memory;
  readonly telemetry: Telemetry;
  readonly sabotage: Sabotage;
  readonly endsAt: number;
  readonly payload: unknown;
};

function start(
  world: World,
  run: Run,
  { config, memory, telemetry, sabotage, endsAt, payload }: Start,
): Promise<Report> {
  const seen = portsOf(world, run);
  const ports = sabotage.ports?.(seen, world) ?? seen;
  const real = createHandler({
    config,
    ports,
    telemetry,
    memory,
    ...(sabotage.notify ? { notify: sabotage.notify } : {}),
  });
  const handler = sabotage.handler?.(real, seen) ?? real;
  const context = { getRemainingTimeInMillis: () => endsAt - world.clock.now(), invokedFunctionArn: functionArn };
  return inVirtualTime(world, run, () => handler(JSON.parse(jsonOf(payload)), context));
}

const written = new WeakMap<object, string>();

/** What is sent again is written once. */
function jsonOf(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) return JSON.stringify(payload);
  const text = written.get(payload) ?? JSON.stringify(payload);
  written.set(payload, text);
  return text;
}

/** The handler asks the platform for a time-out, at its start. In the simulation the platform's time is the world's. */
function inVirtualTime<T>(world: World, run: Run, work: () => T): T {
  const { timeout } = AbortSignal;
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    world.clock.at(world.clock.now() + ms, () => {
      if (![...world.runs].some((one) => one.run === run)) return 'none woken';
      world.score.fault('function: cut before its time-out');
      controller.abort();
      cut(run);
      return 'a run was cut';
    });
    return controller.signal;
  };
  try {
    return work();
  } finally {
    AbortSignal.timeout = timeout;
  }
}

/** Who runs at the same moment. */
function noteCompany({ runs, score }: World): void {
  if (runs.size < 3) return;
  const all = [...runs];
  const events = all.filter(({ kind }) => kind === 'event');
  const isChecked = events.length < all.length;
  if (events.length >= 2 && isChecked) score.fault('at once: two events and a check');
  if (events.length >= 3 && isChecked && events.some(({ attempt }) => attempt > 0))
    score.fault('at once: two events, a check and a retry');
}

const configOf = ({ story: { database, policy } }: World): Config => ({
  database,
  policy,
  timings,
  probe: { login: 'off', user: 'rds_target_probe' },
  targetGroupArn: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef',
  dnsServers: [],
  metricsNamespace: 'RdsTargetReconciler',
  logLevel: 'SILENT',
});

const known = new Map<string, Config>();

/** The configuration as the functions read it from their environment. */
function deployedWith(config: Config): Config {
  const key = JSON.stringify(config);
  const read = known.get(key) ?? configFromEnv(configToEnv(config));
  known.set(key, read);
  return read;
}
