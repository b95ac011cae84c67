import { mainOutage } from './outage.ts';
import {
  type ClientSummary,
  type Invocation,
  type Observation,
  type Of,
  ofKind,
  type Sample,
  type Step,
} from './record.ts';
import { keyOf } from './sample.ts';

type Measured = {
  readonly observations: readonly Observation[];
  readonly client: ClientSummary;
  readonly requestedAt?: number;
  readonly before: Sample;
  /** Where the writer is in the end. */
  readonly dns: string;
  readonly port: number;
};

type Seen = { readonly at: number; readonly seenBy: string };

/** When the outage began: with the last success before it, as the consumer has it. */
export function outageStart({ client, observations, requestedAt }: Measured): number | undefined {
  const outage = mainOutage(client.outages);
  return (
    outage?.lastWriteAt ??
    outage?.firstFailureAt ??
    ofKind(observations, 'writer').find(({ state }) => state === 'gone')?.at ??
    requestedAt
  );
}

/** From the outage to the first write, step by step in the order of time. What was not seen says why. */
export function budgetOf(measured: Measured): readonly Step[] {
  const start = outageStart(measured);
  if (start === undefined) return [];
  const later = { ...measured, observations: measured.observations.filter(({ at }) => at >= start - toleranceMs) };
  const steps = finders.map(([name, find, otherwise]) => {
    const seen = find(later);
    return seen ? { name, at: seen.at, seenBy: seen.seenBy } : { name, seenBy: otherwise };
  });
  const known = steps.filter((step): step is typeof step & { at: number } => 'at' in step).sort((a, b) => a.at - b.at);
  return [
    ...known.map(({ name, at, seenBy }, index) => {
      const since = at - (known[index - 1]?.at ?? start);
      return { name, atMs: at - start, sinceMs: since, seenBy };
    }),
    ...steps.filter((step) => !('at' in step)),
  ];
}

/** The last success is a moment before the outage that others see, and the clocks of AWS and ours are not the same. */
const toleranceMs = 1000;

type Finder = (measured: Measured) => Seen | undefined;

const beginIds = /-(0013|0050|0072|0073)$/;
const endIds = /-(0049|0051|0071)$/;
const isBegin = ({ id, message }: Of<'event'>) =>
  id ? beginIds.test(id) : /failover.*started|^started .*failover/i.test(message);
const isEnd = ({ id, message }: Of<'event'>) =>
  id ? endIds.test(id) : /failover.*complete|^completed failover/i.test(message);
const byEvent = (event: Of<'event'> | undefined): Seen | undefined =>
  event && { at: event.at, seenBy: event.id ?? `RDS event "${event.message}"` };

const detection: Finder = ({ observations }) => byEvent(ofKind(observations, 'event').find(isBegin));

const promotion: Finder = ({ observations, before }) => {
  const truth = ofKind(observations, 'writer').find(({ state }) => state === 'promoted');
  if (truth) return { at: truth.at, seenBy: 'the sandbox' };
  const named = ofKind(observations, 'topology').find(({ writer }) => writer && writer !== before.writer);
  if (named) return { at: named.at, seenBy: 'RDS API' };
  return byEvent(ofKind(observations, 'event').find(isEnd));
};

const dnsMoved: Finder = ({ observations, dns, before }) => {
  const answer = ofKind(observations, 'dns').find((one) => one.answer === dns && dns !== before.dns);
  return answer && { at: answer.at, seenBy: 'DNS' };
};

const registers = (key: string) => (run: Invocation) => run.registered.includes(key);

/** The first run that an event began; without one, the run that repaired the group. A run of the failover before may still be at work. */
const woken: Finder = ({ observations, dns, port, requestedAt = Number.NEGATIVE_INFINITY }) => {
  const runs = ofKind(observations, 'invocation')
    .filter(({ startedAt }) => startedAt >= requestedAt - toleranceMs)
    .toSorted((one, other) => one.startedAt - other.startedAt);
  const run = runs.find(({ trigger }) => trigger.startsWith('RDS-EVENT')) ?? runs.find(registers(keyOf(dns, port)));
  return run && { at: run.startedAt, seenBy: `${run.function} (${run.trigger})` };
};

const targetSeen =
  (state?: string): Finder =>
  ({ observations, dns, port, before }) => {
    if (dns === before.dns) return undefined;
    const target = ofKind(observations, 'target').find(
      (one) =>
        one.target === keyOf(dns, port) &&
        one.state !== 'gone' &&
        one.state !== 'draining' &&
        (!state || one.state === state),
    );
    return target && { at: target.at, seenBy: `target ${target.state}` };
  };

const firstWrite: Finder = ({ client }) => {
  const at = mainOutage(client.outages)?.firstWriteAt;
  return at === undefined ? undefined : { at, seenBy: 'client' };
};

/** Name, how it is found, and what is said when it is not. */
const finders: readonly (readonly [Step['name'], Finder, string])[] = [
  ['detection', detection, 'no RDS event told of the failover'],
  ['promotion', promotion, 'neither the RDS API nor an event told of it'],
  ['DNS', dnsMoved, 'the name gives the same address as before'],
  ['event', woken, 'no run of a function is known: its logs could not be read, or it did not run'],
  ['reconcile', targetSeen(), 'no new target was seen in the group'],
  ['registration', targetSeen('healthy'), 'the new target was not seen healthy'],
  ['first write', firstWrite, 'the client was never interrupted, or did not come back'],
];
