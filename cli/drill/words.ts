import { table } from '../table.ts';
import type { ClientSummary, Observation, Probe, Step } from './record.ts';

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

/** One sentence, or undefined when the observation is no part of the story. */
export function sentence(one: Observation): Omit<Line, 'at'> | undefined {
  switch (one.kind) {
    case 'requested':
      return { who: 'drill', what: `asked for the failover (${one.call})` };
    case 'writer':
      return { who: 'database', what: writerWords[one.state](one.address) };
    case 'topology':
      return { who: 'RDS API', what: `${one.writer ? `writer ${one.writer}` : 'no writer'}, ${one.status}` };
    case 'dns':
      return { who: 'DNS', what: `DNS changes: ${one.answer}` };
    case 'event':
      return { who: 'RDS event', what: one.id ? `${one.id} ${one.message}` : `${one.source}: ${one.message}` };
    case 'event-lost':
      return { who: 'EventBridge', what: `${one.id} is lost on its way` };
    case 'target':
      return { who: 'group', what: `target ${one.target} ${targetWords[one.state] ?? `is ${one.state}`}` };
    case 'trouble':
      return { who: 'drill', what: `${one.source} does not answer: ${one.message}` };
    case 'invocation': {
      // A check that found everything right is no news.
      if (one.trigger === 'schedule' && one.outcome === 'in-sync') return undefined;
      const took = ((one.at - one.startedAt) / 1000).toFixed(1);
      return { who: 'function', what: `${one.function} (${one.trigger}) ends after ${took} s: ${one.summary}` };
    }
  }
}

/** The client's part of the story. */
export const clientLines = ({ outages, failures }: ClientSummary): Line[] =>
  outages.flatMap(({ firstFailureAt, firstWriteAt, gapMs }) => [
    { at: firstFailureAt, who: 'client', what: `an attempt fails (${Object.keys(failures).join(', ')})` },
    ...(firstWriteAt === undefined
      ? []
      : [{ at: firstWriteAt, who: 'client', what: `writes are back after ${(gapMs / 1000).toFixed(2)} s` }]),
  ]);

/** What each step of the budget is measured from and to. */
export const stepMeanings: Readonly<Record<Step['name'], string>> = {
  detection: 'RDS says that a failover has begun',
  promotion: 'another host takes writes',
  DNS: 'the name leads to it',
  event: 'a function is at work',
  reconcile: 'the new address is in the target group',
  registration: 'the load balancer finds it healthy',
  'first write': 'the client is served again',
};

/** Says each sentence as it happens, with the seconds since the start. */
export function follower(say: (line: string) => void, width: number): (one: Observation | Probe) => void {
  const began = Date.now();
  return (one) => {
    const line = 'kind' in one ? sentence(one) : undefined;
    if (!line) return;
    const time = `${((one.at - began) / 1000).toFixed(1).padStart(6)} s`;
    say(table([[time, line.who.padEnd(11), line.what]], width).join('\n'));
  };
}
