import { paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import type { Report } from '../../lib/domain.ts';
import { metricNames } from '../../lib/metrics.ts';
import { awsError } from '../access/call.ts';
import type { Clients } from '../access/clients.ts';
import { readReport } from '../access/functions.ts';

/** One run of a function, from its report. */
export type Run = {
  readonly functionName: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** From the event until the group is right; only when something changed. */
  readonly latencyMs?: number;
  readonly report: Pick<
    Report,
    'trigger' | 'outcome' | 'reason' | 'detail' | 'registered' | 'deregistered' | 'durationMs'
  >;
};

/** A run that failed, or that Lambda ended. */
export type Failure = { readonly functionName: string; readonly at: number; readonly message: string };

/** All reports except those of scheduled checks without a difference: 1,440 a day. The outcome also matches the metrics of the same runs. */
const telling = ['changed', 'held', 'waiting', 'observed'].map((outcome) => `($.outcome = "${outcome}")`);
const reportPattern = `{ ${[...telling, '($.trigger.eventId = "*")', '($.trigger.action = "resync")', '($.level = "ERROR")'].join(' || ')} }`;
const platformPattern = '?"Task timed out" ?"Runtime exited" ?"Runtime.ExitError"';

type Line = { readonly at: number; readonly stream: string; readonly message: string };
type Metrics = { readonly at: number; readonly stream: string; readonly latencyMs: number };

export type Window = { readonly since: number; readonly until: number };

/** The log of one function. `readUntil`: later lines exist that were not read. */
export type FunctionLog = {
  readonly runs: Run[];
  readonly failures: Failure[];
  /** Lines that resemble reports but are none. */
  readonly unreadable: number;
  readonly readUntil?: number;
};

/** Enough for a week in which each check holds. */
const most = { lines: 10_000, characters: 30_000_000 };

/** Undefined: it has no log group. */
export async function readLog(
  clients: Clients,
  functionName: string,
  window: Window,
  region?: string,
): Promise<FunctionLog | undefined> {
  const logGroupName = `/aws/lambda/${functionName}`;
  try {
    const filtered = (pattern: string) => filter(clients, logGroupName, pattern, window);
    const [reports, platform] = await Promise.all([filtered(reportPattern), filtered(platformPattern)]);
    const ends = [reports, platform].flatMap(({ readUntil = [] }) => readUntil);
    return {
      ...recordsOf(functionName, reports.lines, platform.lines),
      ...(ends.length > 0 ? { readUntil: Math.min(...ends) } : {}),
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw awsError(error, { action: 'logs:FilterLogEvents', region });
  }
}

async function filter(
  clients: Clients,
  logGroupName: string,
  filterPattern: string,
  { since, until }: Window,
): Promise<{ readonly lines: Line[]; readonly readUntil?: number }> {
  const input = { logGroupName, filterPattern, startTime: since, endTime: until };
  const lines: Line[] = [];
  let characters = 0;
  for await (const { events = [] } of paginateFilterLogEvents({ client: clients.logs() }, input))
    for (const { timestamp = Number.NaN, logStreamName = '', message = '' } of events) {
      if (!isTime(timestamp)) continue;
      characters += message.length;
      if (lines.length === most.lines || characters > most.characters)
        return { lines, readUntil: lines.at(-1)?.at ?? since };
      lines.push({ at: timestamp, stream: logStreamName, message });
    }
  return { lines };
}

/** Whether a Date can represent it. */
const isTime = (ms: number): boolean => Math.abs(ms) <= 8.64e15;

export function recordsOf(functionName: string, lines: readonly Line[], platform: readonly Line[]) {
  const metrics: Metrics[] = [];
  const runs: (Run & { readonly stream: string })[] = [];
  const failed = (at: number, message: string): Failure => ({ functionName, at, message: message.slice(0, longest) });
  const failures = platform.map(({ at, message }) => failed(at, platformText(message)));
  let unreadable = 0;
  for (const { at, stream, message } of lines) {
    const line = parsed(message);
    const latencyMs = line._aws ? line[metricNames.convergenceLatency] : undefined;
    if (typeof latencyMs === 'number' && latencyMs >= 0 && latencyMs <= longestLatencyMs)
      metrics.push({ at, stream, latencyMs });
    if (line.level === 'ERROR') failures.push(failed(at, typeof line.message === 'string' ? line.message : message));
    if (line.level === 'ERROR' || !('trigger' in line && 'outcome' in line && 'durationMs' in line)) continue;
    const { report } = readReport(line);
    if (!report) unreadable += 1;
    else if (!isReadOnly(report)) runs.push({ functionName, stream, ...timesOf(report, at), report });
  }
  return { runs: runs.map((run) => withLatency(run, metrics)), failures, unreadable };
}

/** Longest message kept, in characters: a log line can have 256 KB. */
const longest = 1000;

/** Lambda keeps an event for six hours at most. */
const longestLatencyMs = 6 * 3_600_000;

const timesOf = ({ durationMs }: Report, at: number) => ({ startedAt: at - durationMs, endedAt: at });

/** The metrics of a run are written just before its report, by the same environment. */
function withLatency({ stream, ...run }: Run & { readonly stream: string }, metrics: readonly Metrics[]): Run {
  if (run.report.registered.length + run.report.deregistered.length === 0) return run;
  const own = metrics.findLast((one) => one.stream === stream && one.at <= run.endedAt && one.at >= run.endedAt - 1000);
  return own ? { ...run, latencyMs: own.latencyMs } : run;
}

/** A manual action that changes nothing is no part of the history. */
const isReadOnly = ({ trigger }: Report): boolean => trigger.action !== undefined && trigger.action !== 'resync';

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const platformText = (message: string) =>
  /Task timed out after [\d.]+ seconds|Runtime exited[^\n]*/.exec(message)?.[0] ?? message.trim();

function parsed(message: string): Json {
  try {
    const value: unknown = JSON.parse(message);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
