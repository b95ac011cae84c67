import manifest from '../../package.json' with { type: 'json' };
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StartOptions } from '../../sandbox/start.ts';
import type { DrillPace } from './ports.ts';
import type { Setting } from './record.ts';

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
