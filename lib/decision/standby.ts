import { isAllowed } from '../addresses.ts';
import { type Desired, type Plan, type Target, targetKey, without } from '../domain.ts';
import type { DecisionInput } from '../observations/decision-input.ts';
import { topologyOf } from '../observations/observations.ts';
import type { RunRequest, RunState } from '../observations/run-state.ts';
import { foreignAmong, ownIn, standbyBeside, togetherMs } from '../observations/standby.ts';

/* A warm standby: registered before it is needed, so that a failover needs no call. docs/decisions/0030-warm-standby.md */

/** What belongs into the group beside the endpoint's address. */
export function withStandby(input: DecisionInput, desired: Desired): Desired {
  const { marked, live, allowedCidrs, lookups, out = new Set() } = input;
  if (!marked || desired.kind === 'hold') return desired;
  const [writer] = desired.targets;
  if (!writer) return desired;
  const found = standbyBeside(writer.ip, marked, topologyOf(lookups.topology));
  const others = live.filter((one) => one.ip !== writer.ip && one.port === writer.port);
  if (found.kind === 'unread') {
    // What cannot be read changes nothing.
    return { ...desired, tolerated: others.filter((one) => !out.has(targetKey(one))), standby: found };
  }
  if (found.kind !== 'proven') {
    // What EC2 shows to be the database's leaves for no address that it does not show to be: another run may evict that one.
    const own = ownIn(marked);
    const kept = own.has(writer.ip) ? [] : others.filter(({ ip }) => own.has(ip));
    return { ...desired, tolerated: kept, standby: found };
  }
  const target = { ip: found.ip, port: writer.port };
  if (!isAllowed(found.ip, allowedCidrs))
    return { ...desired, standby: { kind: 'unproven', why: `${found.ip} is outside ${allowedCidrs.join(', ')}` } };
  if (out.has(targetKey(target)))
    return { ...desired, standby: { kind: 'answers', why: `${targetKey(target)} ${answers}` } };
  return { ...desired, targets: [writer, target], standby: { kind: 'proven', target } };
}

const answers =
  'and the writer have both been healthy for longer than a failover explains, and a standby accepts no connections: only the address of the endpoint stays';

/** What has been healthy beside the writer for so long that no failover explains it. */
export function answering(
  { together, out, observed }: RunState,
  desired: Desired,
  { timings }: RunRequest,
): ReadonlySet<string> {
  const longSince = (observed?.at ?? 0) - togetherMs(timings);
  const lasting = [...together].flatMap(([key, since]) => (since <= longSince ? [key] : []));
  const [writer] = desired.kind === 'targets' ? desired.targets.map(targetKey) : [];
  return new Set([...out, ...(writer && lasting.includes(writer) ? lasting.filter((key) => key !== writer) : [])]);
}

/** What is not the database's, and is not new: EC2 may show an interface later than DNS its address. */
export const foreignIn = (
  { live, marked, observations, lookups }: DecisionInput,
  desired: Desired,
): readonly Target[] =>
  foreignAmong(live, desired, marked, topologyOf(lookups.topology))
    .filter((target) => !observations.initial.has(targetKey(target)))
    .map(({ ip, port }) => ({ ip, port }));

/** What is proven to be another's leaves at once and alone, whatever the plan waits for. */
export function evicting(plan: Plan, foreign: readonly Target[]): Plan {
  if (foreign.length === 0) return plan;
  const stale = plan.kind === 'hold' ? [] : plan.kind === 'change' ? [...plan.deregister, ...plan.stale] : plan.stale;
  return {
    kind: 'change',
    register: [],
    deregister: foreign,
    stale: without(stale, foreign),
  };
}
