import pc from 'picocolors';
import type { Report } from '../lib/domain.ts';
import { summary } from '../lib/report.ts';
import type { FailoverResult } from './failover.ts';
import type { Occurrence } from './journal.ts';

const detailOf = (occurrence: Occurrence) => (occurrence.detail ?? {}) as Record<string, string | number | undefined>;

/** Undefined where another part tells the same more fully. */
type Teller = (detail: Record<string, string | number | undefined>) => string | number | undefined;

/** What of the journal tells the story, in words. The rest is for those who debug. */
const tellers: Record<string, Teller> = {
  outage: ({ ip }) => `outage: the writer at ${ip} is gone`,
  promoted: ({ ip }) => ip && `promoted: the writer is now at ${ip}`,
  rejoined: ({ member, hostId }) => member && `the old host is back as a standby (${hostId})`,
  'event-emitted': ({ eventId }) => `RDS sends ${eventId}`,
  'event-lost': ({ eventId }) => `${eventId} is lost on its way`,
  'dns-changed': ({ names }) => `DNS changes: ${names}`,
  'api-changed': () => 'the RDS API shows the new writer',
  'target-initial': ({ ip, port }) => `target ${ip}:${port} is registered (initial)`,
  'target-healthy': ({ ip, port }) => `target ${ip}:${port} is healthy`,
  'target-unhealthy': ({ ip, port }) => `target ${ip}:${port} is unhealthy`,
  'target-draining': ({ ip, port }) => `target ${ip}:${port} is draining`,
  'target-gone': ({ ip, port }) => `target ${ip}:${port} is gone`,
  'first-failure': ({ code }) => `a write fails for the first time (${code})`,
  'refused-by-reader': () => 'a write reached a reader and was refused',
  'first-write': ({ gapMs }) => `writes are back after ${((gapMs as number) / 1000).toFixed(2)} s`,
};

/** One sentence, or undefined when the occurrence is no part of the story. */
export function tell(occurrence: Occurrence, reportOf: (requestId: string) => Report | undefined): string | undefined {
  const detail = detailOf(occurrence);
  if (occurrence.what === 'invocation-finished') return tellInvocation(detail, reportOf(String(detail.requestId)));
  const told = tellers[occurrence.what]?.(detail);
  return told === undefined ? undefined : String(told);
}

function tellInvocation(
  { function: name, status, durationMs }: Record<string, string | number | undefined>,
  report?: Report,
): string | undefined {
  const took = `after ${((durationMs as number) / 1000).toFixed(1)} s`;
  if (!report) return `${name} ${status} ${took}`;
  // A check that found everything right is no news.
  if (report.trigger.kind === 'schedule' && report.outcome === 'in-sync') return undefined;
  const why = report.trigger.eventId ?? report.trigger.action ?? report.trigger.kind;
  return `${name} (${why}) ends ${took}: ${summary(report)}`;
}

function reportsById({ invocations }: Pick<FailoverResult, 'invocations'>): (requestId: string) => Report | undefined {
  const byId = new Map(
    invocations
      .filter(({ status }) => status === 'succeeded')
      .map(({ requestId, payload }) => [requestId, payload as Report]),
  );
  return (requestId) => byId.get(requestId);
}

const seconds = (ms: number): string => (ms / 1000).toFixed(2).padStart(7);

function timelineText(result: FailoverResult): string {
  const { outageAt, occurrences, options } = result;
  const reportOf = reportsById(result);
  const rows = occurrences.flatMap((occurrence) => {
    const text = tell(occurrence, reportOf);
    const at = occurrence.at - outageAt;
    return text
      ? [
          `${seconds(at)} s ${pc.dim(`${seconds(at * options.speed)} s`)}  ${pc.cyan(occurrence.source.padEnd(13))} ${text}`,
        ]
      : [];
  });
  return [pc.bold(`     here      on AWS  who           what`), ...rows].join('\n');
}

/** From each step of the failover to the next; ms on this machine. */
export function budget({ occurrences, outageAt, writer }: FailoverResult): Record<string, number> {
  const ip = writer.slice(0, writer.lastIndexOf(':'));
  const first = (what: string, is: (occurrence: Occurrence) => boolean = () => true) =>
    occurrences.find((one) => one.what === what && is(one))?.at;
  const ofNew = (one: Occurrence) => detailOf(one).ip === ip;
  const steps: [string, number | undefined][] = [
    ['promotion', first('promoted')],
    ['DNS', first('dns-changed')],
    ['registration', first('target-initial', ofNew)],
    ['healthy', first('target-healthy', ofNew)],
    ['first write', occurrences.filter(({ what }) => what === 'first-write').at(-1)?.at],
  ];
  // With a load balancer that fails open, writes can be back before the target counts as healthy.
  const seen = steps
    .flatMap(([name, at]) => (at === undefined ? [] : [{ name, at }]))
    .sort((one, other) => one.at - other.at);
  return Object.fromEntries(seen.map(({ name, at }, index) => [name, at - (seen[index - 1]?.at ?? outageAt)]));
}

export function resultText(result: FailoverResult): string {
  const { client, writes, targets, problems, options } = result;
  const parts = Object.entries(budget(result)).map(([name, ms]) => `${name} ${(ms / 1000).toFixed(2)} s`);
  const isWell = problems.length === 0;
  return [
    timelineText(result),
    '',
    `${pc.bold('budget')}   ${parts.join(' → ')}  ${pc.dim(`(times ${options.speed} on AWS)`)}`,
    `${pc.bold('client')}   ${client.secondsWithoutWrites.toFixed(2)} s without writes; ${client.acknowledged} writes acknowledged, ` +
      `${writes.lost.length} of them lost, ${client.failed} failed, ${client.refusedByReader} refused because they reached a reader`,
    `${pc.bold('group')}    ${targets.join(', ')}`,
    isWell
      ? pc.green('right: the group holds the writer, and no acknowledged write is lost')
      : pc.red(problems.map((problem) => `wrong: ${problem}`).join('\n')),
  ].join('\n');
}
