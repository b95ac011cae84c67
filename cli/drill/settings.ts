import manifest from '../../package.json' with { type: 'json' };
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StartOptions } from '../../sandbox/start.ts';
import type { Setting } from './record.ts';

/** Milliseconds from one look to the next. */
export type DrillPace = {
  readonly probeMs: number;
  readonly dnsMs: number;
  readonly targetsMs: number;
  readonly topologyMs: number;
  readonly chronicleMs: number;
  /** How long everything has to be right before the drill is over. */
  readonly stableMs: number;
  readonly deadlineMs: number;
};

/** RDS's describe calls are shared with everybody in the account, so they are asked seldom; DNS and the endpoint are ours. */
export const awsPace: DrillPace = {
  probeMs: 100,
  dnsMs: 500,
  targetsMs: 1000,
  topologyMs: 3000,
  chronicleMs: 5000,
  stableMs: 30_000,
  deadlineMs: 900_000,
};

/** Below this a machine under load only measures itself. */
const fastestMs = 20;

export const faster = (pace: DrillPace, factor: number): DrillPace =>
  Object.fromEntries(Object.entries(pace).map(([name, ms]) => [name, Math.max(fastestMs, ms / factor)])) as DrillPace;

const text = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`);

export const paceSettings = (pace: DrillPace): Setting[] => [
  { name: 'client', value: `one attempt every ${text(pace.probeMs)}` },
  { name: 'DNS looked up', value: `every ${text(pace.dnsMs)}` },
  { name: 'target health read', value: `every ${text(pace.targetsMs)}` },
  { name: 'RDS API read', value: `every ${text(pace.topologyMs)}` },
  { name: 'over when all is well for', value: text(pace.stableMs) },
];

/** On AWS's clock, as everything that is told of a drill. */
export function sandboxSettings({ config, targetGroup }: Sandbox, options: StartOptions, pace: DrillPace): Setting[] {
  const { intervalSeconds, healthyThreshold } = targetGroup.healthCheck;
  const lag = options.apiLagSeconds > 0 ? ` · RDS API ${options.apiLagSeconds} s late` : '';
  return [
    { name: 'where', value: `sandbox, ${options.speed} times faster than AWS, seed ${options.seed}` },
    {
      name: 'faults',
      value: `${options.loseEvents ? 'every event lost' : 'no event lost'}${options.flap ? ' · DNS flaps' : ''}${lag}`,
    },
    ...paceSettings(pace),
    { name: 'stale targets removed', value: config.policy.removeStale },
    { name: 'health check', value: `every ${intervalSeconds} s, healthy after ${healthyThreshold}` },
  ];
}

export const versions = (): Setting[] => [
  { name: 'rds-target-reconciler', value: manifest.version },
  { name: 'Node.js', value: process.versions.node },
  { name: 'system', value: `${process.platform} ${process.arch}` },
];
