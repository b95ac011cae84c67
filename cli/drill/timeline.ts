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
  /** The writer's address at the end. */
  readonly dns: string;
  readonly port: number;
};

type Seen = { readonly at: number; readonly seenBy: string };

/** When the outage began for the consumer: with the last success before it. */
export function outageStart({ client, observations, requestedAt }: Measured): number | undefined {
  const outage = mainOutage(client.outages);
  return (
    outage?.lastWriteAt ??
    outage?.firstFailureAt ??
    ofKind(observations, 'writer').find(({ state }) => state === 'gone')?.at ??
    requestedAt
  );
}

/** The steps from the outage to the first write, in order of time. A step that was not seen says why. */
export function timelineOf(measured: Measured): readonly Step[] {
  const start = outageStart(measured);
  if (start === undefined) return [];
  const later = { ...measured, observations: measured.observations.filter(({ at }) => at >= start - toleranceMs) };
  const steps = finders.map(([name, find, otherwise]) => {
    const seen = find(later);
    if (seen) return { name, at: seen.at, seenBy: seen.seenBy };
    return { name, seenBy: typeof otherwise === 'string' ? otherwise : otherwise(later, start) };
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

/** The last success comes a moment before the outage that others see, and AWS's clocks differ from ours. */
const toleranceMs = 1000;

type Finder = (measured: Measured) => Seen | undefined;
/** Why a step was not seen. `start`: of the outage. */
type Unseen = (measured: Measured, start: number) => string;

const beginIds = /-(0013|0050|0072|0073)$/;
const endIds = /-(0049|0051|0071)$/;
const isBegin = ({ id, message }: Of<'event'>) =>
  id ? beginIds.test(id) : /failover.*started|^started .*failover/i.test(message);
const isEnd = ({ id, message }: Of<'event'>) =>
  id ? endIds.test(id) : /failover.*complete|^completed failover/i.test(message);
const byEvent = (event: Of<'event'> | undefined): Seen | undefined =>
  event && { at: event.at, seenBy: event.id ?? `RDS event "${event.message}"` };

const detection: Finder = ({ observations }) => byEvent(ofKind(observations, 'event').find(isBegin));

/** Seen by the earliest source, which never precedes the promotion. A source later than the move of DNS dates it too late. */
const promotion: Finder = (measured) => {
  const { observations, before } = measured;
  const truth = ofKind(observations, 'writer').find(({ state }) => state === 'promoted');
  if (truth) return { at: truth.at, seenBy: 'the sandbox' };
  const named = ofKind(observations, 'topology').find(({ writer }) => writer && writer !== before.writer);
  const told = [named && { at: named.at, seenBy: 'RDS API' }, byEvent(ofKind(observations, 'event').find(isEnd))];
  const [first] = told.filter((one) => one !== undefined).toSorted((one, other) => one.at - other.at);
  const moved = dnsMoved(measured);
  return first && moved && moved.at < first.at ? undefined : first;
};

const promotionUnseen: Unseen = (measured) =>
  dnsMoved(measured)
    ? 'DNS moved before the RDS API or an event showed it'
    : 'neither the RDS API nor an event showed it';

const dnsMoved: Finder = ({ observations, dns, before }) => {
  const answer = ofKind(observations, 'dns').find((one) => one.answer === dns && dns !== before.dns);
  return answer && { at: answer.at, seenBy: 'DNS' };
};

const registers = (key: string) => (run: Invocation) => run.registered.includes(key);

/** Runs of this failover, the earliest first: a run of an earlier failover may still be running. */
const runsOf = ({ observations, requestedAt = Number.NEGATIVE_INFINITY }: Measured): Invocation[] =>
  ofKind(observations, 'invocation')
    .filter(({ startedAt }) => startedAt >= requestedAt - toleranceMs)
    .toSorted((one, other) => one.startedAt - other.startedAt);

const repairOf = (measured: Measured): Invocation | undefined =>
  runsOf(measured).find(registers(keyOf(measured.dns, measured.port)));

const nameOf = (run: Invocation): string => `${run.function} (${run.trigger})`;

/** The first run that an event woke, as opposed to the schedule or an operator. */
const woken: Finder = (measured) => {
  const run = runsOf(measured).find(({ trigger }) => trigger.startsWith('RDS-EVENT'));
  return run && { at: run.startedAt, seenBy: nameOf(run) };
};

const wokenUnseen: Unseen = (measured, start) => {
  const run = repairOf(measured);
  return run
    ? `no event woke a run: ${nameOf(run)} started after ${((run.startedAt - start) / 1000).toFixed(1)} s and did the work`
    : 'no run is known: the functions did not run, or their logs could not be read';
};

const targetSeen =
  (state?: string): Finder =>
  (measured) => {
    const { observations, dns, port, before } = measured;
    if (dns === before.dns) return undefined;
    const target = ofKind(observations, 'target').find(
      (one) =>
        one.target === keyOf(dns, port) &&
        one.state !== 'gone' &&
        one.state !== 'draining' &&
        (!state || one.state === state),
    );
    const run = state ? undefined : repairOf(measured);
    return target && { at: target.at, seenBy: `target ${target.state}${run ? `, by ${nameOf(run)}` : ''}` };
  };

const firstWrite: Finder = ({ client }) => {
  const at = mainOutage(client.outages)?.firstWriteAt;
  return at === undefined ? undefined : { at, seenBy: 'client' };
};

/** Name, finder, and the reason when it was not seen. */
const finders: readonly (readonly [Step['name'], Finder, string | Unseen])[] = [
  ['detection', detection, 'no RDS event announced the failover'],
  ['promotion', promotion, promotionUnseen],
  ['DNS', dnsMoved, 'the name resolves to the same address as before'],
  ['event', woken, wokenUnseen],
  ['reconcile', targetSeen(), 'no new target was seen in the group'],
  ['registration', targetSeen('healthy'), 'the new target was not seen healthy'],
  ['first write', firstWrite, 'the client was never interrupted, or did not recover'],
];
