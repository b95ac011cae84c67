import { paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import type { Report } from '../../lib/domain.ts';
import { metricNames } from '../../lib/metrics.ts';
import { awsError } from '../aws-errors.ts';
import type { Clients } from '../clients.ts';
import type { Failure, Run } from './types.ts';

/** Reports but those of scheduled checks that found nothing to do: 1,440 a day. Metrics of the same runs come along by their outcome. */
const telling = ['changed', 'held', 'waiting', 'observed'].map((outcome) => `($.outcome = "${outcome}")`);
const reportPattern = `{ ${[...telling, '($.trigger.eventId = "*")', '($.trigger.action = "resync")', '($.level = "ERROR")'].join(' || ')} }`;
const platformPattern = '?"Task timed out" ?"Runtime exited" ?"Runtime.ExitError"';

type Line = { readonly at: number; readonly stream: string; readonly message: string };
type Metrics = { readonly at: number; readonly stream: string; readonly latencyMs: number };

export type Window = { readonly since: number; readonly until: number };

/** What one function wrote. `undefined`: it has no log group. */
export async function readLog(
  clients: Clients,
  functionName: string,
  window: Window,
  region?: string,
): Promise<{ runs: Run[]; failures: Failure[] } | undefined> {
  const logGroupName = `/aws/lambda/${functionName}`;
  try {
    const [lines, platform] = await Promise.all(
      [reportPattern, platformPattern].map((pattern) => filter(clients, logGroupName, pattern, window)),
    );
    return recordsOf(functionName, lines ?? [], platform ?? []);
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
): Promise<Line[]> {
  const input = { logGroupName, filterPattern, startTime: since, endTime: until };
  const lines: Line[] = [];
  for await (const { events = [] } of paginateFilterLogEvents({ client: clients.logs() }, input))
    for (const { timestamp = 0, logStreamName = '', message = '' } of events)
      lines.push({ at: timestamp, stream: logStreamName, message });
  return lines;
}

export function recordsOf(functionName: string, lines: readonly Line[], platform: readonly Line[]) {
  const metrics: Metrics[] = [];
  const runs: (Run & { readonly stream: string })[] = [];
  const failures: Failure[] = platform.map(({ at, message }) => ({ functionName, at, message: platformText(message) }));
  for (const { at, stream, message } of lines) {
    const line = parsed(message);
    const latencyMs = line._aws ? line[metricNames.convergenceLatency] : undefined;
    if (typeof latencyMs === 'number') metrics.push({ at, stream, latencyMs });
    if (line.level === 'ERROR') failures.push({ functionName, at, message: String(line.message ?? message) });
    else if (isReport(line) && !isLook(line)) runs.push({ functionName, stream, ...timesOf(line, at), report: line });
  }
  return { runs: runs.map((run) => withLatency(run, metrics)), failures };
}

const timesOf = ({ durationMs }: Report, at: number) => ({ startedAt: at - durationMs, endedAt: at });

/** The metrics of a run are written just before its report, by the same environment. */
function withLatency({ stream, ...run }: Run & { readonly stream: string }, metrics: readonly Metrics[]): Run {
  if (run.report.registered.length + run.report.deregistered.length === 0) return run;
  const own = metrics.findLast((one) => one.stream === stream && one.at <= run.endedAt && one.at >= run.endedAt - 1000);
  return own ? { ...run, latencyMs: own.latencyMs } : run;
}

/** Somebody asked and nothing was done: no part of the history. */
const isLook = ({ trigger }: Report): boolean => trigger.action !== undefined && trigger.action !== 'resync';

const isReport = (line: unknown): line is Report =>
  typeof line === 'object' && line !== null && 'trigger' in line && 'outcome' in line && 'durationMs' in line;

const platformText = (message: string) =>
  /Task timed out after [\d.]+ seconds|Runtime exited[^\n]*/.exec(message)?.[0] ?? message.trim();

function parsed(message: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
