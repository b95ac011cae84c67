import { type Outcome, type Plan, type Report, type Standby, type Target, type Trigger, targetKey } from './domain.ts';
import type { RunRequest, RunState } from './observations/run-state.ts';
import { heard, longUnshownOf, remarksOf, unreached, unverified } from './remarks.ts';

const keys = (targets: readonly Target[]): string[] => targets.map(targetKey);

export function reportOf(request: RunRequest, state: RunState, now: number): Report {
  const { plan, desired } = state;
  const changes = provenChanges(state);
  const outcome = outcomeOf(request, state, changes);
  const held =
    plan?.kind === 'hold'
      ? { reason: plan.reason, detail: [plan.message, ...unverified(state), ...heard(state)].join('; ') }
      : explained(request, state);
  return {
    database: request.database.name,
    trigger: triggerOf(request.trigger),
    outcome,
    ...held,
    ...(desired?.kind === 'targets' && desired.writer ? { writer: desired.writer } : {}),
    ...(desired?.kind === 'targets' && desired.standby ? { standby: told(desired.standby) } : {}),
    ...changes,
    stale: plan ? keys(staleOf(plan)) : [],
    ...(plan && (request.mode === 'dry-run' || outcome === 'observed') ? { plan: planOf(plan) } : {}),
    passes: state.passes,
    durationMs: lasted(now - state.observations.startedAt),
    ...(request.pausedUntil ? { pausedUntil: request.pausedUntil } : {}),
  };
}

const told = (standby: Standby): NonNullable<Report['standby']> =>
  standby.kind === 'proven' ? { kind: standby.kind, target: targetKey(standby.target) } : standby;

export const ignoredReport = (database: string, trigger: Trigger, detail: string, durationMs: number): Report => ({
  database,
  trigger: triggerOf(trigger),
  outcome: 'ignored',
  detail,
  registered: [],
  deregistered: [],
  stale: [],
  passes: 0,
  durationMs: lasted(durationMs),
});

/** Lambda ends a run after 15 minutes. A clock that was set meanwhile would tell something else, and the command takes no such report. */
const lasted = (ms: number): number => Math.min(Math.max(ms, 0), 900_000);

/** Why the run went on without the RDS API, why it waits, and what is unusual. */
function explained(request: RunRequest, state: RunState): Pick<Report, 'detail'> {
  const { topology } = state;
  const withoutApi = topology?.observation.kind === 'unavailable' ? [topology.observation.error.message] : [];
  const detail = [...withoutApi, ...remarksOf(request, state)].join('; ');
  return detail ? { detail } : {};
}

type Changes = Pick<Report, 'registered' | 'deregistered'>;

/** What a read should have shown and did not is no change. */
function provenChanges({ registered, deregistered, unproven }: RunState): Changes {
  const isMissed = unproven.misses > 0;
  const proven = (targets: readonly Target[], missing: ReadonlySet<string>) =>
    keys(targets).filter((key) => !isMissed || !missing.has(key));
  return {
    registered: proven(registered, unproven.registered),
    deregistered: proven(deregistered, unproven.deregistered),
  };
}

function outcomeOf({ policy, mode }: RunRequest, state: RunState, { registered, deregistered }: Changes): Outcome {
  const { plan } = state;
  const isChanged = registered.length + deregistered.length > 0;
  switch (plan?.kind) {
    case 'in-sync':
      return isChanged ? 'changed' : 'in-sync';
    case 'change':
      return policy.observeOnly || mode === 'dry-run' ? 'observed' : 'waiting';
    case 'waiting':
      // A name that shows some of its addresses at a time has shown nothing but what the group held.
      if (plan.for !== 'answers' || registered.length > 0 || mode === 'dry-run') return 'waiting';
      if (unreached(state).length > 0) return 'waiting';
      if (longUnshownOf(state).length > 0 && policy.removeStale !== 'never') return 'waiting';
      return isChanged ? 'changed' : 'in-sync';
    default:
      return 'held';
  }
}

function staleOf(plan: Plan): readonly Target[] {
  if (plan.kind === 'hold') return [];
  return plan.kind === 'change' ? [...plan.deregister, ...plan.stale] : plan.stale;
}

const planOf = (plan: Plan): Report['plan'] => ({
  kind: plan.kind,
  register: plan.kind === 'change' ? keys(plan.register) : [],
  deregister: plan.kind === 'change' ? keys(plan.deregister) : [],
});

const triggerOf = (trigger: Trigger): Report['trigger'] => ({
  kind: trigger.kind,
  ...('eventId' in trigger ? { eventId: trigger.eventId } : {}),
  ...('action' in trigger ? { action: trigger.action } : {}),
});

/** One line for people: what the run came to. */
export function summary(report: Report): string {
  const steps = [
    report.registered.length > 0 ? `registered ${report.registered.join(', ')}` : '',
    report.deregistered.length > 0 ? `deregistered ${report.deregistered.join(', ')}` : '',
    report.reason ? `${report.reason}: ${report.detail}` : (report.detail ?? ''),
    report.pausedUntil ? `paused until ${report.pausedUntil}` : '',
  ].filter(Boolean);
  const writer = report.writer ? `writer at ${report.writer.address}:${report.writer.port}` : '';
  return `${report.database} ${report.outcome}: ${steps.join('; ') || writer || 'nothing to do'}`;
}
