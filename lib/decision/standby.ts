import { isAllowed } from '../addresses.ts';
import { type Desired, type Plan, type Target, targetKey } from '../domain.ts';
import type { DecisionInput } from '../observations/decision-input.ts';
import { topologyOf } from '../observations/observations.ts';
import { foreignAmong, standbyBeside } from '../observations/standby.ts';

/* A warm standby: registered before it is needed, so that a failover needs no call. docs/decisions/0030-warm-standby.md */

/** What belongs into the group beside the endpoint's address. */
export function withStandby(input: DecisionInput, desired: Desired): Desired {
  const { marked, live = [], allowedCidrs, lookups } = input;
  const writer = desired.kind === 'targets' ? desired.targets[0] : undefined;
  if (!marked || desired.kind === 'hold' || !writer) return desired;
  if (input.isStandbyOut) return { ...desired, standby: { kind: 'answers', why: answers } };
  const found = standbyBeside(writer.ip, marked, topologyOf(lookups.topology));
  if (found.kind === 'unread') {
    // What cannot be read changes nothing.
    const others = live.filter(({ ip, port }) => ip !== writer.ip && port === writer.port);
    return { ...desired, tolerated: others, standby: found };
  }
  if (found.kind !== 'proven') return { ...desired, standby: found };
  const target = { ip: found.ip, port: writer.port };
  if (!isAllowed(found.ip, allowedCidrs))
    return { ...desired, standby: { kind: 'unproven', why: `${found.ip} is outside ${allowedCidrs.join(', ')}` } };
  return { ...desired, targets: [writer, target], standby: { kind: 'proven', target } };
}

const answers =
  'two targets have been healthy for longer than a health check takes, and a standby accepts no connections: only the address of the endpoint stays';

/** What is not the database's, and is not new: EC2 may show an interface later than DNS its address. */
export const foreignIn = (
  { live = [], marked, observations, lookups }: DecisionInput,
  desired: Desired,
): readonly Target[] =>
  foreignAmong(live, desired, marked, topologyOf(lookups.topology))
    .filter((target) => !observations.initial.has(targetKey(target)))
    .map(({ ip, port }) => ({ ip, port }));

/** What is proven to be another's leaves at once and alone, whatever the plan waits for. */
export function evicting(plan: Plan, foreign: readonly Target[]): Plan {
  if (foreign.length === 0) return plan;
  const keys = new Set(foreign.map(targetKey));
  const stale = plan.kind === 'hold' ? [] : plan.kind === 'change' ? [...plan.deregister, ...plan.stale] : plan.stale;
  return {
    kind: 'change',
    register: [],
    deregister: foreign,
    stale: stale.filter((target) => !keys.has(targetKey(target))),
  };
}
