import type { Pace } from '../domain.ts';
import { confirmationMs } from '../observations/observations.ts';
import { endOfSampling, nextAnswerMs, untilOf } from '../observations/sampling.ts';
import type { Ports } from '../ports.ts';
import { pass } from './reconcile.ts';
import { isAtRest, type Job, type State } from './run-state.ts';
import { isCrowded, isResting, restMs } from './throttling.ts';

/**
 * Looks again and again until the writer has settled (`watch`), one difference is confirmed and repaired (`check`), or once
 * (`look`). Ends before `deadline` (ms since the epoch) in any case. A fault that outlasts the run is in the state.
 */
export async function watch(
  ports: Ports,
  request: Job,
  begin: State,
  deadline: number,
  signal?: AbortSignal,
): Promise<State> {
  const { clock } = ports;
  const job: Job = { ...request, until: untilOf(request, begin.history.startedAt, deadline) };
  let state = begin;
  let faults = 0;
  // Where the RDS API did not even say whether the run is needed, it is not asked again at once.
  let isFresh = !job.isBrief;
  for (;;) {
    const startedAt = clock.now();
    state = await pass(ports, job, state, isFresh, signal);
    faults = state.fault ? faults + 1 : 0;
    const next = nextLook(job, state, { startedAt, now: clock.now(), deadline, faults, random: clock.random() });
    if (next === 'end') return ended(state);
    isFresh = next.isFresh;
    if (next.afterMs > 0) await clock.sleep(next.afterMs, signal);
  }
}

/** A change that failed and is still to be made is the run's fault, though the group could be read since. */
function ended(state: State): State {
  const { plan, fault, changeFault } = state;
  const isToDo =
    plan?.kind === 'change' ||
    (plan?.kind === 'hold' && plan.reason === 'Unconfirmed') ||
    (plan?.kind === 'waiting' && plan.for === 'drift-check');
  return changeFault && !fault && isToDo ? { ...state, fault: changeFault } : state;
}

type Moment = {
  /** When the pass that has just ended began. */
  readonly startedAt: number;
  readonly now: number;
  readonly deadline: number;
  /** How many passes in a row met a fault. */
  readonly faults: number;
  readonly random: number;
};

/** A fresh look reads everything again; others read DNS, and the APIs where something hints at a change. */
type Next = 'end' | { readonly afterMs: number; readonly isFresh: boolean };

const cheap = (afterMs: number): Next => ({ afterMs, isFresh: false });
const fresh = (afterMs: number): Next => ({ afterMs, isFresh: true });

function nextLook(job: Job, state: State, moment: Moment): Next {
  if (state.fault && !state.fault.retriable) return 'end';
  const next = job.mode === 'watch' ? nextOfWatch(job, state, moment) : nextOfCheck(job, state, moment);
  const isLate = next !== 'end' && moment.now + next.afterMs >= moment.deadline;
  return isLate ? lastLook(job, state, moment) : next;
}

/**
 * The latest word on the group may be old: it is read once more, unless the latest pass did or tried to, or no time is left. In a
 * crowd it need not be younger than the latest move.
 */
function lastLook({ pace }: Job, { observed, fault, crowd, plan, movedAt = 0 }: State, moment: Moment): Next {
  const { now, startedAt, deadline } = moment;
  const isBusy = isCrowded(crowd, pace, now);
  // Who was throttled a while ago has not heard since: that is no reason to end with a fault.
  if (now >= deadline || (fault && (fault.code !== 'Throttled' || isBusy))) return 'end';
  const isEnough = isBusy && plan?.kind === 'in-sync' ? movedAt : startedAt;
  return observed !== undefined && observed.at >= isEnough ? 'end' : fresh(0);
}

function nextOfWatch(job: Job, state: State, moment: Moment): Next {
  const { pace } = job;
  const { now, faults, random } = moment;
  const { plan, movedAt, history, fault, retryInMs, crowd } = state;
  const isSettled = !fault && isAtRest(job, plan) && movedAt !== undefined && now - movedAt >= pace.settleMs;
  if (isSettled || now - history.startedAt >= pace.watchMs) return lastLook(job, state, moment);
  // Jitter keeps the watches of many databases from marching in step; after faults they also make room for each other.
  const recheckMs = pace.recheckMs * (0.8 + random / 5);
  const isHalfDone = plan?.kind === 'change' && plan.register.length === 0;
  if (isHalfDone && fault?.code === 'Throttled' && isResting(crowd, now))
    return cheap(Math.min(recheckMs, restMs(crowd, now)));
  // Who was throttled leaves the group alone by itself.
  if (faults === 0 || fault?.code === 'Throttled')
    return cheap(retryInMs > 0 ? Math.min(recheckMs, Math.max(retryInMs, 1)) : recheckMs);
  return cheap(Math.min(pace.recheckMs * 2 ** faults, pace.settleMs / 3) * (0.5 + random / 2));
}

/** The longest evidence that a check waits for, and then for its turn. */
const longestCheckMs = ({ settleMs }: Pace): number => 1.5 * settleMs;

function endOfCheck(job: Job, state: State): number {
  const { plan, history } = state;
  // What the answers have proven may still wait for its turn: a change is not yet applied, or a hold.
  const isOpen =
    plan?.kind === 'hold' || plan?.kind === 'change' || (plan?.kind === 'waiting' && plan.for === 'answers');
  return job.database.kind === 'hostname' && isOpen
    ? endOfSampling(job, state)
    : history.startedAt + longestCheckMs(job.pace);
}

function nextOfCheck(job: Job, state: State, { now }: Moment): Next {
  const { mode, pace, policy } = job;
  const { plan, fault, crowd, retryInMs } = state;
  // Every API call has had its attempts: a check reports a fault at once, and the next one comes within the minute. But a crowd is
  // everybody's, and would leave whole minutes without a check: there it goes on as long as it may.
  const isUndone = crowd !== undefined && plan?.kind !== 'in-sync';
  if (mode === 'look' || (now >= endOfCheck(job, state) && !isUndone)) return 'end';
  if (fault && (fault.code !== 'Throttled' || job.isBrief)) return 'end';
  if (fault && isResting(crowd, now)) return cheap(restMs(crowd, now));
  // Its rest is over: it waits for its turn, or asks again.
  if (fault) return retryInMs > 0 ? cheap(Math.min(pace.recheckMs, Math.max(retryInMs, 1))) : fresh(1);
  switch (plan?.kind) {
    case 'change':
      // Applied, and the group does not show it yet.
      return policy.observeOnly ? 'end' : fresh(pace.recheckMs);
    case 'waiting':
      if (plan.for === 'answers') return cheap(nextAnswerMs(job, state, now));
      return plan.for === 'absence' ? fresh(confirmationMs(pace)) : 'end';
    case 'hold':
      // Whether DNS is stable shows only to those who look often.
      if (plan.reason === 'SourcesDisagree') return cheap(pace.recheckMs);
      if (plan.reason !== 'Unconfirmed') return 'end';
      return retryInMs > pace.recheckMs ? cheap(pace.recheckMs) : fresh(Math.max(retryInMs, 1));
    default:
      return 'end';
  }
}
