import { Option } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StartOptions } from '../../sandbox/start.ts';
import type { DelayProfileName } from '../../sandbox/world/load-balancer-delays.ts';
import type { Setting } from './record.ts';

/** Milliseconds from one lookup to the next. */
export type DrillTimings = {
  readonly probeMs: number;
  readonly dnsMs: number;
  readonly targetsMs: number;
  readonly topologyMs: number;
  readonly chronicleMs: number;
  /** How long everything must be right before the drill ends. */
  readonly stableMs: number;
  readonly deadlineMs: number;
};

/** The account's limit for RDS's describe calls is shared, so they are rare; DNS and the endpoint are ours. */
export const awsTimings: DrillTimings = {
  probeMs: 100,
  dnsMs: 500,
  targetsMs: 1000,
  topologyMs: 3000,
  chronicleMs: 5000,
  stableMs: 30_000,
  deadlineMs: 900_000,
};

const loadBalancers: readonly DelayProfileName[] = ['aws', 'slow', 'ideal'];

export const loadBalancerOption = (): Option =>
  new Option(
    '--load-balancer <profile>',
    "how slow the sandbox's load balancer is: as most reports say, as the slowest do, or not at all",
  ).choices(loadBalancers);

const loadBalancerWords: Readonly<Record<DelayProfileName, string>> = {
  aws: 'as reported from AWS (aws)',
  slow: 'as the slowest reports from AWS (slow)',
  ideal: 'without the delays that are reported from AWS (ideal)',
};

export const loadBalancerSetting = (profile: DelayProfileName): Setting => ({
  name: 'load balancer',
  value: loadBalancerWords[profile],
});

/** Below this, a machine under load measures only itself. */
const fastestMs = 20;

export const faster = (timings: DrillTimings, factor: number): DrillTimings =>
  Object.fromEntries(
    Object.entries(timings).map(([name, ms]) => [name, Math.max(fastestMs, ms / factor)]),
  ) as DrillTimings;

const text = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`);

export const timingSettings = (timings: DrillTimings): Setting[] => [
  { name: 'client', value: `one attempt every ${text(timings.probeMs)}` },
  { name: 'DNS looked up', value: `every ${text(timings.dnsMs)}` },
  { name: 'target health read', value: `every ${text(timings.targetsMs)}` },
  { name: 'RDS API read', value: `every ${text(timings.topologyMs)}` },
  { name: 'ends when right for', value: text(timings.stableMs) },
];

/** On AWS's clock, like the whole report. */
export function sandboxSettings(
  { config, targetGroup }: Sandbox,
  options: StartOptions,
  timings: DrillTimings,
): Setting[] {
  const { intervalSeconds, healthyThreshold } = targetGroup.healthCheck;
  const lag = options.apiLagSeconds > 0 ? ` · RDS API ${options.apiLagSeconds} s late` : '';
  return [
    { name: 'where', value: `sandbox, ${options.speed} times faster than AWS, seed ${options.seed}` },
    {
      name: 'faults',
      value: `${options.loseEvents ? 'every event lost' : 'no event lost'}${options.flap ? ' · DNS flaps' : ''}${lag}${options.fence ? '' : ' · the old host breaks its connections at once'}`,
    },
    ...timingSettings(timings),
    { name: 'stale targets removed', value: config.policy.removeStale },
    ...(options.probe ? [{ name: 'probe', value: 'members asked, with a login by a secret' }] : []),
    ...(options.warmStandby ? [{ name: 'warm standby', value: 'registered' }] : []),
    loadBalancerSetting(options.loadBalancer),
    { name: 'health check', value: `every ${intervalSeconds} s, healthy after ${healthyThreshold}` },
  ];
}

export const versions = (): Setting[] => [
  { name: 'rds-target-reconciler', value: manifest.version },
  { name: 'Node.js', value: process.versions.node },
  { name: 'system', value: `${process.platform} ${process.arch}` },
];
