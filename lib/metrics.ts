import type { Report, Trigger } from './domain.ts';

/** Four, because each costs money every month. One dimension, `Database`. */
export const metricNames = {
  /** 0 or 1, each drift check: did the group differ from what is desired, or a standby accept connections? */
  drift: 'Drift',
  /** 0 or 1, each run: was the desired state unknown? */
  held: 'Held',
  /** 1 for each run that ended in sync. Its absence is an alarm. */
  success: 'Success',
  /** Ms from the event's time to the group being right, when something changed. */
  convergenceLatency: 'ConvergenceLatency',
} as const;

/** 1 for each failover of which no topic could be told; where that never happens it costs nothing. */
export const notNotified = 'NotNotified';

export const dimensionName = 'Database';
export const defaultNamespace = 'RdsTargetReconciler';

export type Measurement = {
  readonly name: (typeof metricNames)[keyof typeof metricNames] | typeof notNotified;
  readonly unit: 'Count' | 'Milliseconds';
  readonly value: number;
};

/** What a run adds to the metrics. Nothing for ignored events and manual dry runs: neither reconciled anything. */
export function measurementsOf(report: Report, trigger: Trigger, convergedAt?: number): Measurement[] {
  const { outcome, registered, deregistered } = report;
  if (outcome === 'ignored' || (trigger.kind === 'manual' && trigger.action !== 'resync')) return [];
  const isChanged = registered.length + deregistered.length > 0;
  const isDrifted = isChanged || report.standby?.kind === 'answers' || outcome === 'observed' || outcome === 'waiting';
  const isInSync = outcome === 'in-sync' || outcome === 'changed';
  const count = (name: Measurement['name'], isTrue: boolean): Measurement => ({
    name,
    unit: 'Count',
    value: isTrue ? 1 : 0,
  });
  return [
    ...(trigger.kind === 'schedule' ? [count(metricNames.drift, isDrifted)] : []),
    count(metricNames.held, outcome === 'held'),
    ...(isInSync ? [count(metricNames.success, true)] : []),
    ...(isInSync && isChanged && convergedAt !== undefined ? [latency(convergedAt - trigger.at)] : []),
  ];
}

const latency = (ms: number): Measurement => ({
  name: metricNames.convergenceLatency,
  unit: 'Milliseconds',
  value: Math.max(0, ms),
});
