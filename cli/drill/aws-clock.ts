import type { DrillRecord, Observation, Outage } from './record.ts';

/**
 * The record on AWS's clock, for whoever reads it: a sandbox that is ten times faster than AWS has measured a tenth. Every time is taken
 * from the outage on; what this machine itself needs, to start a function say, grows with the rest.
 */
export function onAwsClock(record: DrillRecord): DrillRecord {
  const { speed, outageAt, client } = record;
  if (speed === 1) return record;
  const at = (moment: number) => outageAt + (moment - outageAt) * speed;
  const optional = <K extends string>(key: K, value: number | undefined, scaled = at) =>
    (value === undefined ? {} : { [key]: scaled(value) }) as { [Key in K]?: number };
  const long = (ms: number) => ms * speed;
  const outage = (one: Outage): Outage => ({
    ...one,
    ...optional('lastWriteAt', one.lastWriteAt),
    ...optional('firstWriteAt', one.firstWriteAt),
    firstFailureAt: at(one.firstFailureAt),
    gapMs: long(one.gapMs),
  });
  const observation = (one: Observation): Observation =>
    one.kind === 'invocation' ? { ...one, at: at(one.at), startedAt: at(one.startedAt) } : { ...one, at: at(one.at) };
  return {
    ...record,
    speed: 1,
    startedAt: at(record.startedAt),
    endedAt: at(record.endedAt),
    ...optional('requestedAt', record.requestedAt),
    budget: record.budget.map((step) => ({
      ...step,
      ...optional('atMs', step.atMs, long),
      ...optional('sinceMs', step.sinceMs, long),
    })),
    client: {
      ...client,
      secondsWithoutWrites: client.secondsWithoutWrites * speed,
      outages: client.outages.map(outage),
    },
    observations: record.observations.map(observation),
    probes: record.probes.map((probe) => ({ ...probe, at: at(probe.at), ms: long(probe.ms) })),
  };
}

/** What was failed over. A sandbox answers as AWS does, with an instance class; what runs is on this machine. */
export function engineText({
  before,
  place,
  probe,
}: Pick<DrillRecord, 'before' | 'place' | 'probe'>): string | undefined {
  if (place !== 'sandbox') return before.engine;
  if (probe === 'tcp') return 'TCP listeners in the place of a database';
  return before.engine?.replace(/^(aurora-)?postgres(ql)?/, 'PostgreSQL').replace(/ on db\..*$/, ' on this machine');
}
