import { type Desired, type Evidence, type Plan, type Target, targetKey } from '../domain.ts';
import { type DecisionInput, hold } from '../observations/decision-input.ts';
import { contestedMs, type Observations, stabilityMs, topologyOf } from '../observations/observations.ts';
import { apartMs, confirmedIn, saidAt, wordMs, writersIn } from '../observations/probe.ts';
import { membersOf } from '../observations/probe-members.ts';
import type { RunRequest } from '../observations/run-state.ts';
import { asWriter } from './writer.ts';

/*
 * What the members say of themselves, beside what DNS and the RDS API say. It adds no address and no port: the other sources have listed
 * what it chooses from. docs/decisions/0029-ask-the-members.md
 */

/** The writer that the members have confirmed; undefined: as without a probe. */
export function writerByProbe(input: DecisionInput): Desired | undefined {
  const { timings, lookups, observations } = input;
  const { heard } = observations;
  if (!heard) return undefined;
  const { at } = lookups;
  const speaking = writersIn(heard, at, timings).map(({ member }) => targetKey(member));
  if (speaking.length > 1)
    return at - (heard.severalSince ?? at) < stabilityMs(timings)
      ? hold('TwoWriters', `${speaking.join(' and ')} say that they are the writer`)
      : undefined;
  const confirmed = confirmedIn(heard, at, timings);
  if (!confirmed) return undefined;
  const key = targetKey(confirmed.member);
  const member = membersOf(input).find((listed) => targetKey(listed) === key);
  if (!member) return undefined;
  const instances = topologyOf(lookups.topology)?.instances;
  const { id } = instances?.find(({ endpoint }) => endpoint?.host === member.host) ?? {};
  return asWriter(input, { ...member, instanceId: id }, { confirmedAt: confirmed.at });
}

/** Whether the address says of itself that it takes writes: then it is no reader, whatever the API says. */
export const saysWriter = ({ observations: { heard }, lookups, timings }: DecisionInput, ip: string): boolean =>
  heard !== undefined && writersIn(heard, lookups.at, timings).some(({ member }) => member.ip === ip);

type Doubt = { readonly until: number; readonly why: string };

/** Why the members keep the choice of the other sources out of the group, and until when; ms since the epoch. */
export function doubtAbout(
  { mode, timings }: RunRequest,
  { writer, evidence }: Extract<Desired, { kind: 'targets' }>,
  { heard, desired }: Observations,
  { register, deregister }: Extract<Plan, { kind: 'change' }>,
  now: number,
): Doubt | undefined {
  if (!heard || !writer || evidence.confirmedAt !== undefined) return undefined;
  const chosen = { ip: writer.address, port: writer.port };
  const { begunAt = now, sole } = heard;
  const isHeard = [...register, ...deregister].every((one) => saidAt(heard, one, now, timings) !== undefined);
  if (!isHeard && now < begunAt + timings.recheckMs)
    return { until: begunAt + timings.recheckMs, why: 'the members have not been heard yet' };
  const key = targetKey(chosen);
  const [other] = writersIn(heard, now, timings);
  if (other && sole && targetKey(other.member) !== key)
    return { until: sole.since + 2 * apartMs(timings), why: `${targetKey(other.member)} says that it is the writer` };
  if (other || saidAt(heard, chosen, now, timings) !== 'reader') return undefined;
  // A check ends before a watch would go on.
  const vetoMs = mode === 'check' ? timings.settleMs : contestedMs(timings);
  return { until: (desired?.since ?? now) + vetoMs, why: `${key} says that it is a reader, and no member says writer` };
}

/** A former writer that has not said what it is may still take writes: it stays for a moment. */
export function yieldsAt(
  { timings }: RunRequest,
  { confirmedAt }: Evidence,
  { heard }: Observations,
  target: Target,
  now: number,
): number {
  const said = heard && saidAt(heard, target, now, timings);
  return confirmedAt === undefined || said === 'reader' || said === 'refused' ? 0 : confirmedAt + wordMs(timings);
}
