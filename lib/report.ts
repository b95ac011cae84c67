import { type Outcome, type Plan, type Report, type Target, type Trigger, targetKey } from './domain.ts';
import type { Job, State } from './state.ts';

const keys = (targets: readonly Target[]): string[] => targets.map(targetKey);

export function reportOf(job: Job, state: State, now: number): Report {
  const { plan, desired } = state;
  const outcome = outcomeOf(job, state);
  const held = plan?.kind === 'hold' ? { reason: plan.reason, detail: plan.message } : {};
  return {
    database: job.database.name,
    trigger: triggerOf(job.trigger),
    outcome,
    ...held,
    ...(desired?.kind === 'targets' && desired.writer ? { writer: desired.writer } : {}),
    registered: keys(state.registered),
    deregistered: keys(state.deregistered),
    stale: plan ? keys(staleOf(plan)) : [],
    ...(plan && (job.mode === 'look' || outcome === 'observed') ? { plan: planOf(plan) } : {}),
    passes: state.passes,
    durationMs: now - state.history.startedAt,
  };
}

export const ignoredReport = (database: string, trigger: Trigger, detail: string, durationMs: number): Report => ({
  database,
  trigger: triggerOf(trigger),
  outcome: 'ignored',
  detail,
  registered: [],
  deregistered: [],
  stale: [],
  passes: 0,
  durationMs,
});

function outcomeOf({ policy, mode }: Job, { plan, registered, deregistered }: State): Outcome {
  switch (plan?.kind) {
    case 'in-sync':
      return registered.length + deregistered.length > 0 ? 'changed' : 'in-sync';
    case 'change':
      return policy.observeOnly || mode === 'look' ? 'observed' : 'waiting';
    case 'waiting':
      return 'waiting';
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
  ].filter(Boolean);
  const writer = report.writer ? `writer at ${report.writer.address}:${report.writer.port}` : '';
  return `${report.database} ${report.outcome}: ${steps.join('; ') || writer || 'nothing to do'}`;
}
