import { type CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import type { Report } from '../../../lib/domain.ts';
import { awsFault } from '../../../lib/errors.ts';
import { summary } from '../../../lib/report.ts';
import type { Chronicle } from '../ports.ts';
import type { Invocation } from '../record.ts';

/** The reports in the log group of one function. A report is the one line of a run that has an outcome. */
export function createFunctionLogs(client: CloudWatchLogsClient, functionName: string): Chronicle {
  return {
    name: `logs of ${functionName}`,
    async since(at, abortSignal) {
      const found: Invocation[] = [];
      const input = { logGroupName: `/aws/lambda/${functionName}`, startTime: at, filterPattern: '{ $.outcome = * }' };
      try {
        for await (const { events = [] } of paginateFilterLogEvents({ client }, input, { abortSignal }))
          for (const { timestamp, message = '' } of events) {
            const run = invocationOf(functionName, timestamp ?? at, message);
            if (run) found.push(run);
          }
      } catch (error) {
        throw awsFault(`reading the reports of ${functionName}`, 'logs:FilterLogEvents', error);
      }
      return found;
    },
  };
}

/** Undefined for a line that is no report, which another version of the functions may write. */
function invocationOf(functionName: string, at: number, line: string): Invocation | undefined {
  try {
    const report = JSON.parse(line) as Partial<Report>;
    return report.trigger && report.outcome ? runOf(functionName, at, report as Report) : undefined;
  } catch {
    return undefined;
  }
}

export function runOf(functionName: string, at: number, report: Report): Invocation {
  const { trigger, outcome, registered = [], durationMs = 0 } = report;
  return {
    kind: 'invocation',
    at,
    function: functionName,
    startedAt: at - durationMs,
    trigger: trigger.eventId ?? trigger.action ?? trigger.kind,
    outcome,
    summary: summary({ ...report, registered, deregistered: report.deregistered ?? [] }),
    registered,
  };
}
