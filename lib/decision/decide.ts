import { type Desired, isLive, type Target } from '../domain.ts';
import type { Facts } from '../observations/decision-input.ts';
import { rememberDesired } from '../observations/observations.ts';
import type { Job, State } from '../run/run-state.ts';
import { desiredFrom } from './desired.ts';
import { gate } from './gate.ts';
import { entering, verified } from './owners.ts';
import { plan } from './plan.ts';

/** From what was seen to what may be done now. Nothing is asked, nothing is changed. */
export function decide(job: Job, state: State): State {
  const { sightings, observed } = state;
  if (!sightings || !observed) return state;
  const desired = desiredFrom(factsOf(job, state, sightings));
  const history = rememberDesired(state.history, desired);
  const wanted = plan(desired, observed.targets, job.policy);
  const { plan: due, retryInMs } = gate(job, desired, { ...state, history }, wanted, sightings.at);
  const allowed = verified(desired, due, state.owners, job.policy.verifyInterfaces ?? false);
  const isConverged = allowed.kind === 'in-sync' && state.convergedAt === undefined;
  return {
    ...state,
    history,
    desired,
    plan: allowed,
    inQuestion: [...entering(desired, due), ...unasked(state, desired)],
    retryInMs,
    ...(isConverged ? { convergedAt: observed.at } : {}),
  };
}

/** Strangers are asked about once in a run. */
const unasked = ({ strangers, owners }: State, desired: Desired): readonly Target[] =>
  desired.kind === 'targets' ? (desired.undecided ?? []).filter(({ ip }) => strangers.has(ip) && !owners.has(ip)) : [];

function factsOf(
  { database, policy, pace, trigger, until }: Job,
  { history, observed, strangers, owners }: State,
  sightings: Facts['sightings'],
): Facts {
  const live = observed?.targets.filter(isLive) ?? [];
  const ports = new Set(live.map(({ port }) => port));
  return {
    database,
    allowedCidrs: policy.allowedCidrs,
    pace,
    sightings,
    history,
    named: 'named' in trigger ? trigger.named : undefined,
    live,
    foreign: new Set([...strangers].filter((ip) => owners.get(ip)?.kind === 'other')),
    ...(until === undefined ? {} : { until }),
    observedPort: ports.size === 1 ? [...ports][0] : undefined,
  };
}
