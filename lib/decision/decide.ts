import { type Desired, isLive, type Plan, type Target, targetKey } from '../domain.ts';
import type { DecisionInput } from '../observations/decision-input.ts';
import { rememberDesired } from '../observations/observations.ts';
import type { RunRequest, RunState } from '../observations/run-state.ts';
import { desiredFrom } from './desired.ts';
import { gate } from './gate.ts';
import { plan } from './plan.ts';
import { answering, evicting, foreignIn, withStandby } from './standby.ts';
import { entering, verified } from './verified.ts';

/** Observations → desired → plan → gate: the one place that calls the four. Pure. */
export function decide(request: RunRequest, state: RunState): RunState {
  const { lookups, observed } = state;
  if (!lookups || !observed) return state;
  const input = inputOf(request, state, lookups);
  const serving = desiredFrom(input);
  const out = answering(state, serving, request);
  const desired = withStandby({ ...input, out }, serving);
  const observations = rememberDesired(state.observations, desired);
  const wanted = plan(desired, observed.targets, request.policy);
  const { plan: due, retryInMs } = gate(request, desired, { ...state, observations, desired }, wanted, lookups.at);
  const allowed = verified(desired, due, state.owners, request.policy.verifyInterfaces ?? false);
  const foreign = foreignIn(input, desired);
  const final = evicting(allowed, foreign);
  return {
    ...state,
    observations,
    desired,
    plan: final,
    inQuestion: [...entering(desired, due), ...unasked(state, desired)],
    retryInMs,
    ...(input.marked ? { out, ...withForeign(state, foreign) } : {}),
    writerAtFirst: state.writerAtFirst ?? writerOf(desired),
    convergedAt: convergedAt(state, final, observed.at),
  };
}

const writerOf = (desired: Desired): string | undefined =>
  desired.kind === 'targets' && desired.writer
    ? targetKey({ ip: desired.writer.address, port: desired.writer.port })
    : undefined;

/** A change that is due, whichever run makes it, begins anew. */
function convergedAt({ convergedAt: before }: RunState, { kind }: Plan, now: number): number | undefined {
  if (kind === 'in-sync') return before ?? now;
  return kind === 'change' ? undefined : before;
}

const withForeign = ({ everForeign = new Set() }: RunState, targets: readonly Target[]) => {
  const foreign = new Set(targets.map(targetKey));
  return { foreign, everForeign: new Set([...everForeign, ...foreign]) };
};

/** The addresses that the name has not shown for long, and whose owner this run has not asked EC2 for: once in a run is enough. */
const unasked = ({ longUnshown, owners }: RunState, desired: Desired): readonly Target[] =>
  desired.kind === 'targets'
    ? (desired.undecided ?? []).filter(({ ip }) => longUnshown.has(ip) && !owners.has(ip))
    : [];

function inputOf(
  { database, policy, timings, trigger, until }: RunRequest,
  { observations, observed, longUnshown, owners, marked }: RunState,
  lookups: DecisionInput['lookups'],
): DecisionInput {
  const live = observed?.targets.filter(isLive) ?? [];
  const ports = new Set(live.map(({ port }) => port));
  return {
    database,
    allowedCidrs: policy.allowedCidrs,
    timings,
    lookups,
    observations,
    named: 'named' in trigger ? trigger.named : undefined,
    live,
    foreign: new Set([...longUnshown].filter((ip) => owners.get(ip)?.kind === 'other')),
    until,
    ...(marked ? { marked: marked.seen } : {}),
    observedPort: ports.size === 1 ? [...ports][0] : undefined,
  };
}
