import type { Timings } from '../domain.ts';
import { confirmationMs } from '../observations/observations.ts';
import { isAtRest, type Refresh, type RunRequest, type RunState } from '../observations/run-state.ts';
import { endOfSampling, nextAnswerMs, untilOf } from '../observations/sampling.ts';
import type { Ports } from '../ports.ts';
import { type Listener, listen } from './listen.ts';
import { pass } from './reconcile.ts';
import { backoffMs, isBackingOff, isThrottledLately } from './throttling.ts';

/**
 * Makes passes until the writer has settled (`watch`) or one difference is confirmed and repaired (`check`); a `dry-run` is one pass.
 * Ends before `deadline` (ms since the epoch) in any case. A fault that outlasts the run is in the state.
 */
export async function watch(
  ports: Ports,
  given: RunRequest,
  begin: RunState,
  deadline: number,
  signal?: AbortSignal,
): Promise<RunState> {
  const { clock } = ports;
  const request: RunRequest = { ...given, until: untilOf(given, begin.observations.startedAt, deadline) };
  const listener = listen(ports, request, signal);
  let state = begin;
  let faults = 0;
  // The RDS API has just failed to say whether the run is needed: it is not asked again at once.
  let refresh: Refresh = request.isBrief ? 'dns' : 'all';
  let due: Due = { at: Number.POSITIVE_INFINITY, refresh: 'all' };
  try {
    for (;;) {
      const startedAt = clock.now();
      state = listener?.withHeard(state) ?? state;
      state = await pass(ports, request, state, refresh, signal);
      listener?.follow(state);
      faults = state.fault ? faults + 1 : 0;
      const now = clock.now();
      const next = nextPass(request, state, { startedAt, now, deadline, faults, random: clock.random() });
      if (next === 'end') return ended(listener ? await told(state, request, listener) : state);
      due = refresh === 'heard' && due.at < now + next.afterMs ? due : { ...next, at: now + next.afterMs };
      refresh = due.refresh;
      if (due.at > now) {
        // What a member says makes a pass of its own, and no lookup earlier or later.
        if (!listener) await clock.sleep(due.at - now, signal);
        else if (await listener.pause(due.at - now)) refresh = 'heard';
      }
      // By a clock that was set back the deadline may never come: nothing sleeps any more, and every call is cut.
      if (signal?.aborted) return ended(state);
    }
  } finally {
    listener?.close();
  }
}

/** For a person: what each member says, though nothing depended on it. */
async function told(state: RunState, { trigger }: RunRequest, listener: Listener): Promise<RunState> {
  if (trigger.kind === 'manual') await listener.answered();
  return listener.withHeard(state);
}

/** A change that failed and is still due fails the run, even when later reads worked. */
function ended(state: RunState): RunState {
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

type Lookup = Exclude<Refresh, 'heard'>;

type Next = 'end' | { readonly afterMs: number; readonly refresh: Lookup };

/** The next pass that looks something up. */
type Due = { readonly at: number; readonly refresh: Lookup };

const dnsOnly = (afterMs: number): Next => ({ afterMs, refresh: 'dns' });
const everything = (afterMs: number): Next => ({ afterMs, refresh: 'all' });

function nextPass(request: RunRequest, state: RunState, moment: Moment): Next {
  if (state.fault && !state.fault.retriable) return 'end';
  const next = request.mode === 'watch' ? nextOfWatch(request, state, moment) : nextOfCheck(request, state, moment);
  const isLate = next !== 'end' && moment.now + next.afterMs >= moment.deadline;
  return isLate ? finalPass(request, state, moment) : next;
}

/**
 * Reads the group once more before the run ends, unless the latest pass did or tried to, or no time is left. While the account is
 * throttled, a read that is younger than the latest move is enough.
 */
function finalPass(
  { timings }: RunRequest,
  { observed, fault, throttling, plan, movedAt = 0 }: RunState,
  moment: Moment,
): Next {
  const { now, startedAt, deadline } = moment;
  const isBusy = isThrottledLately(throttling, timings, now);
  // A run that is still backing off must not end with a fault for it.
  if (now >= deadline || (fault && (fault.code !== 'Throttled' || isBusy))) return 'end';
  const isEnough = isBusy && plan?.kind === 'in-sync' ? movedAt : startedAt;
  return observed !== undefined && observed.at >= isEnough ? 'end' : everything(0);
}

function nextOfWatch(request: RunRequest, state: RunState, moment: Moment): Next {
  const { timings } = request;
  const { now, faults, random } = moment;
  const { plan, movedAt, observations, fault, retryInMs, throttling } = state;
  const isSettled = !fault && isAtRest(request, plan) && movedAt !== undefined && now - movedAt >= timings.settleMs;
  if (isSettled || now - observations.startedAt >= timings.watchMs) return finalPass(request, state, moment);
  // Jitter keeps the watches of many databases from marching in step; after faults they also make room for each other.
  const recheckMs = timings.recheckMs * (0.8 + random / 5);
  const isHalfDone = plan?.kind === 'change' && plan.register.length === 0;
  if (isHalfDone && fault?.code === 'Throttled' && isBackingOff(throttling, now))
    return dnsOnly(Math.min(recheckMs, backoffMs(throttling, now)));
  // Throttling has its own backoff.
  if (faults === 0 || fault?.code === 'Throttled')
    return dnsOnly(retryInMs > 0 ? Math.min(recheckMs, Math.max(retryInMs, 1)) : recheckMs);
  return dnsOnly(Math.min(timings.recheckMs * 2 ** faults, timings.settleMs / 3) * (0.5 + random / 2));
}

/** The longest that a check waits for its evidence and then for its slot. */
const longestCheckMs = ({ settleMs }: Timings): number => 1.5 * settleMs;

function endOfCheck(request: RunRequest, state: RunState): number {
  const { plan, observations } = state;
  // A change that the answers have proven may still wait for its slot.
  const isUndecided =
    plan?.kind === 'hold' || plan?.kind === 'change' || (plan?.kind === 'waiting' && plan.for === 'answers');
  return request.database.kind === 'hostname' && isUndecided
    ? endOfSampling(request, state)
    : observations.startedAt + longestCheckMs(request.timings);
}

function nextOfCheck(request: RunRequest, state: RunState, { now }: Moment): Next {
  const { mode, timings, policy } = request;
  const { plan, fault, throttling, retryInMs } = state;
  // A check reports a fault at once: each call has had its attempts, and the next check comes within the minute. But throttling would
  // fail the next checks, too: then this one goes on as long as it may.
  const isUndone = throttling !== undefined && plan?.kind !== 'in-sync';
  if (mode === 'dry-run' || (now >= endOfCheck(request, state) && !isUndone)) return 'end';
  if (fault && (fault.code !== 'Throttled' || request.isBrief)) return 'end';
  if (fault && isBackingOff(throttling, now)) return dnsOnly(backoffMs(throttling, now));
  // The backoff is over: the check waits for its slot, or asks again.
  if (fault) return retryInMs > 0 ? dnsOnly(Math.min(timings.recheckMs, Math.max(retryInMs, 1))) : everything(1);
  switch (plan?.kind) {
    case 'change':
      // Applied, and the group does not show it yet.
      return policy.observeOnly ? 'end' : everything(timings.recheckMs);
    case 'waiting':
      if (plan.for === 'answers') return dnsOnly(nextAnswerMs(request, state, now));
      return plan.for === 'absence' ? everything(confirmationMs(timings)) : 'end';
    case 'hold':
      // Only frequent lookups show whether DNS is stable.
      if (plan.reason === 'SourcesDisagree' || plan.reason === 'TwoWriters') return dnsOnly(timings.recheckMs);
      if (plan.reason !== 'Unconfirmed') return 'end';
      return retryInMs > timings.recheckMs ? dnsOnly(timings.recheckMs) : everything(Math.max(retryInMs, 1));
    default:
      return 'end';
  }
}
