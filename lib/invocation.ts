import { groupFault } from './contradictions.ts';
import { checksOf } from './doctor/checks.ts';
import { type Check, type Report, type Timings, type Trigger, targetKey } from './domain.ts';
import { contradiction } from './errors.ts';
import { triggerFrom } from './events.ts';
import { membership, rememberMembers } from './memory/members.ts';
import { type Memory, newMemory } from './memory/memory.ts';
import { pairAt, rememberPair } from './memory/pair.ts';
import { rememberAnswers } from './memory/shown.ts';
import type { Measurement } from './metrics.ts';
import { measurementsOf } from './metrics.ts';
import { type Failover, failoverOf } from './notice.ts';
import { type Mode, newState, type RunRequest, type RunState } from './observations/run-state.ts';
import type { Ports } from './ports.ts';
import { ignoredReport, reportOf } from './report.ts';
import { watch } from './run/watch.ts';
import { type Config, pauseAt } from './settings/config.ts';

/** What a run leaves behind. `fault`: what must be thrown after it was logged, so that Lambda counts it. */
export type Response = {
  readonly report: Report;
  readonly measurements: readonly Measurement[];
  /** What a topic may be told, where one is to be. */
  readonly failover?: Failover;
  readonly fault?: Error;
};

/** How long an event that may not concern the cluster keeps the function: long enough for a stable answer of DNS and a change by it. */
const shortMs = ({ settleMs }: Timings): number => settleMs / 2;

/** Kept for the last log lines and metrics; no pass starts later. Ms. */
const reserveMs = 2000;

/**
 * The work of both functions: event → trigger → watch → report.
 * @param remainingMs time that is left of the invocation
 * @param extendedChecks the checks of `doctor` beyond those that every run can tell
 * @param memory what the execution environment knows of earlier runs
 * @throws ReconcileError InvalidEvent when the payload is none of the accepted ones
 */
export async function respond(
  ports: Ports,
  config: Config,
  event: unknown,
  remainingMs: number,
  signal?: AbortSignal,
  extendedChecks?: ExtendedChecks,
  memory: Memory = newMemory(),
): Promise<Response> {
  const { clock } = ports;
  const startedAt = clock.now();
  const match = triggerFrom(event, config.database, startedAt);
  const member =
    match.kind === 'if-member' ? await membership(ports, match, memory.members, config, signal) : undefined;
  const ignored = match.kind === 'ignored' ? match : member?.kind === 'not-member' ? member : undefined;
  if (ignored) {
    return {
      report: ignoredReport(config.database.name, match.trigger, ignored.message, clock.now() - startedAt),
      measurements: [],
    };
  }
  const isPerhapsForeign = match.kind === 'if-member' && member?.kind === 'unknown';
  const trigger: Trigger = isPerhapsForeign ? { ...match.trigger, kind: 'check' } : match.trigger;
  const request: RunRequest = {
    ...policyAt(config, startedAt),
    timings: config.timings,
    trigger,
    mode: modeOf(trigger),
    isBrief: isPerhapsForeign,
  };
  const longestMs = isPerhapsForeign ? shortMs(config.timings) : Number.POSITIVE_INFINITY;
  const deadline = startedAt + Math.min(remainingMs - reserveMs, longestMs);
  const begin = await beginning(
    ports,
    request,
    newState(startedAt, member?.observation, memory.shown.longUnshown, pairAt(memory.pair, config.timings, startedAt)),
    signal,
  );
  const ended = begin.fault ? begin : await watch(ports, request, begin, deadline, signal);
  rememberMembers(memory.members, ended.topology?.observation);
  rememberPair(memory.pair, ended, config.timings, clock.now());
  const unshown = rememberAnswers(memory.shown, request, ended, clock.now());
  const state = unshown ? { ...ended, unshown } : ended;
  const report = await withDetails(request, state, reportOf(request, state, clock.now()), extendedChecks);
  // A run that met a fault knows nothing that a metric could say; Lambda counts it as an error.
  const measurements = state.fault ? [] : measurementsOf(report, request.trigger, state.convergedAt);
  const failover = failoverOf(request, state);
  return { report, measurements, ...(failover ? { failover } : {}), ...faultOf(request, state) };
}

/** A run that began during a pause observes to its end, even when the pause ends meanwhile: the next run corrects. */
function policyAt(config: Config, now: number): Pick<RunRequest, 'database' | 'policy' | 'pausedUntil'> {
  const { database, policy } = config;
  const pausedUntil = pauseAt(config, now);
  return pausedUntil === undefined
    ? { database, policy }
    : { database, policy: { ...policy, observeOnly: true }, pausedUntil };
}

function modeOf(trigger: Trigger): Mode {
  switch (trigger.kind) {
    case 'begin':
    case 'end':
      return 'watch';
    case 'check':
    case 'schedule':
      return 'check';
    case 'manual':
      return trigger.action === 'resync' ? 'check' : 'dry-run';
  }
}

/**
 * For an operator or a deployment the run also checks what the group is. Only `doctor` goes on when that is wrong, and `status` does without:
 * two more calls each, of which an account has ten a second for all of its databases.
 */
async function beginning(
  { targetGroup }: Ports,
  { trigger, database }: RunRequest,
  state: RunState,
  signal?: AbortSignal,
) {
  const isAsked = trigger.kind === 'manual' && trigger.action !== 'status';
  const group = isAsked ? await targetGroup.nature?.(signal) : undefined;
  const fault = group && groupFault(group, database.kind);
  const stops = fault && !(trigger.kind === 'manual' && trigger.action === 'doctor');
  return { ...state, ...(group ? { group } : {}), ...(stops ? { fault: contradiction(fault) } : {}) };
}

type ExtendedChecks = (state: RunState, basic: readonly Check[]) => Promise<readonly Check[]>;

async function withDetails(
  request: RunRequest,
  state: RunState,
  report: Report,
  extendedChecks?: ExtendedChecks,
): Promise<Report> {
  if (request.trigger.kind !== 'manual') return report;
  // A group that was not read is not an empty one.
  const targets = state.observed?.targets.map((target) => ({
    target: targetKey(target),
    state: target.state,
    ...(target.reason ? { reason: target.reason } : {}),
    ...(target.override ? { override: target.override } : {}),
  }));
  const seen = { ...report, ...(targets ? { targets } : {}) };
  if (request.trigger.action !== 'doctor') return seen;
  const basic = checksOf(request, state);
  return { ...seen, checks: (await extendedChecks?.(state, basic)) ?? basic };
}

/**
 * A fault of the group always counts. The RDS API may be away for a while, but a denied permission needs a person; any other odd answer
 * does not fail a run that corrected the group without the API.
 */
function faultOf({ trigger }: RunRequest, { fault, topology, plan }: RunState): { fault?: Error } {
  if (trigger.kind === 'manual' && trigger.action === 'doctor') return {};
  if (fault) return { fault };
  const error = topology?.observation.kind === 'unavailable' ? topology.observation.error : undefined;
  const isFault = error && !error.retriable && (error.code === 'AccessDenied' || plan?.kind !== 'in-sync');
  return isFault ? { fault: error } : {};
}
