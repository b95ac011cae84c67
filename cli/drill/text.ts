import type { Io } from '../terminal/io.ts';
import { hung, table } from '../terminal/text.ts';
import { episodesOf } from './outage.ts';
import { type DrillRecord, engineText, type Observation, type Of, ofKind, onAwsClock, type Step } from './record.ts';
import { shareText } from './shares.ts';

type Terminal = Pick<Io, 'colour' | 'width'>;

const seconds = (ms: number): string => (ms / 1000).toFixed(2);
const column = (ms: number): string => `${seconds(ms).padStart(8)} s`;

/** The events since the request, one line each. */
function storyOf(record: DrillRecord, toleranceMs: number): Line[] {
  const { observations, client, probe, requestedAt = Number.POSITIVE_INFINITY, endedAt } = record;
  const story = observations.filter((one) => one.at >= requestedAt - toleranceMs || one.kind === 'trouble');
  const told = story
    .filter((one) => one.kind !== 'dns')
    .flatMap((one) => {
      const line = sentence(one);
      return line ? [{ at: one.at, ...line }] : [];
    });
  const all = [...told, ...dnsLines(ofKind(story, 'dns')), ...clientLines({ client, probe })];
  return all.filter(({ at }) => at <= endedAt).sort((one, other) => one.at - other.at);
}

function storyLines(record: DrillRecord, toleranceMs: number, { colour, width }: Terminal): string[] {
  const head = ['   outage', 'who', 'what'];
  const rows = storyOf(record, toleranceMs).map(({ at, who, what }) => [
    column(at - record.outageAt),
    colour.cyan(who),
    what,
  ]);
  return table([head.map((text) => colour.bold(text)), ...rows], width);
}

/** The timeline as a table: each step, when it was reached, and how long after the previous one. */
function stepLines({ timeline }: DrillRecord, { colour, width }: Terminal): string[] {
  const head = ['timeline', '        at', '     takes', ''];
  const rows = timeline.map(({ name, atMs, sinceMs, seenBy }) =>
    atMs === undefined || sinceMs === undefined
      ? [name, '', '', `not seen: ${seenBy}`]
      : [name, column(atMs), column(sinceMs), `${stepMeanings[name]} (${seenBy})`],
  );
  return table([head.map((text) => colour.bold(text)), ...rows], width);
}

/** What the outage waited for, part by part. */
function shareLines({ shares = [], probe }: DrillRecord, { colour, width }: Terminal): string[] {
  if (shares.length === 0) return [];
  const head = ['the outage', '     takes', 'share', 'waits until'];
  const rows = shares.map((one) => {
    const { name, percent, meaning } = shareText(one, shares, probe);
    return [name, column(one.ms), percent.padStart(5), meaning];
  });
  return ['', ...table([head.map((text) => colour.bold(text)), ...rows], width)];
}

/** The result, on AWS's clock. */
export function resultLines(measured: DrillRecord, terminal: Terminal): string[] {
  const record = onAwsClock(measured);
  const { requestedAt, targets, problems, writes } = record;
  const { colour, width } = terminal;
  const story =
    requestedAt === undefined
      ? []
      : [
          ...storyLines(record, 50 * measured.speed, terminal),
          '',
          ...stepLines(record, terminal),
          ...shareLines(record, terminal),
          '',
        ];
  const about = [
    [colour.bold('client'), clientText(record)],
    [colour.bold('group'), targets.join(', ') || 'no target'],
  ];
  const verdict =
    problems.length === 0
      ? [`PASS: the group holds the writer${writes ? ', and no acknowledged write is lost' : ''}`]
      : problems.map((problem) => `FAIL: ${problem}`);
  const paint = problems.length === 0 ? colour.green : colour.red;
  return [
    ...placeLines(measured, terminal),
    ...story,
    ...table(about, width),
    ...verdict.flatMap((one) => hung(one, width)).map(paint),
  ];
}

/** Where the drill ran, unless on AWS; followed by an empty line. */
function placeLines({ place, speed, ...record }: DrillRecord, { colour, width }: Terminal): string[] {
  if (place !== 'sandbox') return [];
  const what = engineText({ place, ...record }) ?? 'a database';
  const clock = speed === 1 ? '' : ` Times are AWS's; the sandbox is ${speed} times faster.`;
  return [...hung(`${colour.bold('SANDBOX')}, not AWS: ${what}.${clock}`, width), ''];
}

function clientText({ client, writes, probe }: DrillRecord): string {
  const { acknowledged, failed, refusedByReader } = client;
  const what = probe === 'tcp' ? 'connections' : 'writes';
  return (
    `${client.secondsWithoutWrites.toFixed(2)} s without ${what}; ${acknowledged} ${what} acknowledged, ` +
    `${writes ? `${writes.lost.length} of them lost, ` : ''}${failed} failed` +
    (probe === 'tcp'
      ? ' (a reader accepts connections too)'
      : `, ${refusedByReader} refused because they reached a reader`)
  );
}

export type Line = { readonly at: number; readonly who: string; readonly what: string };

const targetWords: Readonly<Record<string, string>> = {
  initial: 'is registered (initial)',
  gone: 'is gone',
};

const writerWords = {
  gone: (address: string) => `outage: the writer at ${address} is gone`,
  promoted: (address: string) => `promoted: the writer is now at ${address}`,
  rejoined: (address: string) => `the old host is back as a standby (${address})`,
};

/** One sentence, or undefined when the observation is no part of the story. `speed` scales the times. */
export function sentence(one: Observation, speed = 1): Omit<Line, 'at'> | undefined {
  switch (one.kind) {
    case 'requested':
      return { who: 'drill', what: `requests the failover (${one.call})` };
    case 'writer':
      return { who: 'database', what: writerWords[one.state](one.address) };
    case 'topology':
      return { who: 'RDS API', what: `${one.writer ? `writer ${one.writer}` : 'no writer'}, ${one.status}` };
    case 'dns':
      return dnsLine(one);
    case 'event':
      return { who: 'RDS event', what: one.id ? `${one.id} ${one.message}` : `${one.source}: ${one.message}` };
    case 'event-lost':
      return { who: 'EventBridge', what: `${one.id} is lost` };
    case 'target':
      return { who: 'group', what: `target ${one.target} ${targetWords[one.state] ?? `is ${one.state}`}` };
    case 'trouble':
      return { who: 'drill', what: `${one.source} does not answer: ${one.message}` };
    case 'invocation': {
      // A check without a difference is no news.
      if (one.trigger === 'schedule' && one.outcome === 'in-sync') return undefined;
      const took = (((one.at - one.startedAt) * speed) / 1000).toFixed(1);
      return { who: 'function', what: `${one.function} (${one.trigger}) ends after ${took} s: ${one.summary}` };
    }
  }
}

/** Answers that change faster than this, with AWS's timings, flap: a hundred lines of them would hide everything else. */
export const flapMs = 5000;

export function burstsOf(answers: readonly Of<'dns'>[]): (readonly Of<'dns'>[])[] {
  const bursts: Of<'dns'>[][] = [];
  for (const one of answers) {
    const burst = bursts.at(-1);
    const isFlap = burst && one.at - (burst.at(-1)?.at ?? 0) < flapMs;
    if (isFlap) burst.push(one);
    else bursts.push([one]);
  }
  return bursts;
}

const dnsLines = (answers: readonly Of<'dns'>[]): Line[] =>
  burstsOf(answers).flatMap((burst) => (burst.length > 3 ? flapLines(burst) : burst.map(dnsLine)));

const dnsLine = (one: Of<'dns'>): Line => ({ at: one.at, who: 'DNS', what: `DNS changes: ${one.answer}` });

function flapLines(burst: readonly Of<'dns'>[]): Line[] {
  const last = burst.at(-1) as Of<'dns'>;
  const answers = [...new Set(burst.map(({ answer }) => answer))].join(', ');
  return [
    ...burst.slice(0, 1).map(dnsLine),
    { at: last.at, who: 'DNS', what: `DNS stays: ${last.answer}, after ${burst.length} changes (${answers})` },
  ];
}

/** The client's part of the story. Interruptions in quick succession are one, or they would hide everything else. */
const clientLines = ({ client, probe }: Pick<DrillRecord, 'client' | 'probe'>): Line[] =>
  episodesOf(client.outages).flatMap(({ firstFailureAt, firstWriteAt, gapMs, interruptions }) => {
    const what = probe === 'tcp' ? 'connections' : 'writes';
    const gap = `${(gapMs / 1000).toFixed(2)} s`;
    const back = interruptions > 1 ? `after ${gap} in ${interruptions} interruptions` : `after ${gap}`;
    return [
      { at: firstFailureAt, who: 'client', what: `an attempt fails (${Object.keys(client.failures).join(', ')})` },
      ...(firstWriteAt === undefined ? [] : [{ at: firstWriteAt, who: 'client', what: `${what} are back ${back}` }]),
    ];
  });

/** When each step of the timeline is reached. */
export const stepMeanings: Readonly<Record<Step['name'], string>> = {
  detection: 'RDS says that a failover has begun',
  promotion: 'another host accepts writes',
  DNS: 'the name resolves to it',
  event: 'an event has woken a function',
  reconcile: 'the new address is in the target group',
  registration: 'the load balancer reports it healthy',
  'first write': 'the client is served again',
};
