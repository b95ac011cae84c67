import { describe, expect, test } from 'vitest';
import { clientSummary, mainOutage } from '../../../cli/drill/outage.ts';
import type { Observation, Probe } from '../../../cli/drill/record.ts';
import { follower, resultLines } from '../../../cli/drill/text.ts';
import { probeAll } from '../../../cli/drill/watch.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';
import { at, drillRecord, failover, observed, probes } from './example-record.ts';

/* A drill tells what happened, and not everything that flickered. */

const terminal = { colour: coloursOf(false), width: 80 };

describe('a name that flaps', () => {
  const flaps = Array.from({ length: 41 }, (_, index): Observation => {
    const answer = index % 2 === 0 ? '10.0.2.10' : '10.0.1.10';
    return { kind: 'dns', at: at(38 + index / 2), answer };
  });

  test('is told in two lines when all is over, with how often it changed and what stayed', () => {
    const story = resultLines(drillRecord({ observations: observed(...failover, ...flaps) }), terminal);
    expect(story.filter((line) => / DNS {2}/.test(line))).toHaveLength(2);
    expect(story.join(' ').replace(/\s+/g, ' ')).toContain(
      'DNS stays: 10.0.2.10, after 42 changes (10.0.2.10, 10.0.1.10)',
    );
  });

  test('is told once as it happens, and again when it changes after a while', () => {
    const said: string[] = [];
    const follow = follower((lines) => void said.push(lines.join('\n')), { width: 80, speed: 1 });
    for (const one of flaps) follow(one);
    expect(said).toHaveLength(4);
    expect(said.at(-1)).toContain('DNS flaps');
    follow({ kind: 'dns', at: at(90), answer: '10.0.1.10' });
    expect(said.at(-1)).toContain('DNS changes: 10.0.1.10');
  });
});

test('an attempt was served when the connection opened, not when it was sure to stay', async () => {
  let now = at(0);
  const ended = new AbortController();
  const nothing = async () => {};
  const clock = { now: () => now, sleep: nothing };
  const attempt = async () => {
    now += 54;
  };
  const client = { kind: 'tcp', holdMs: 50, prepare: nothing, close: nothing, attempt } as const;
  const seen: Probe[] = [];
  await probeAll(
    { client, clock },
    100,
    (probe) => {
      seen.push(probe);
      ended.abort();
    },
    ended.signal,
  );
  expect(seen[0]).toMatchObject({ ms: 4, result: 'ok' });
});

describe('a client that is served now and then', () => {
  /** Half of the attempts fail for forty seconds: two targets, one of which is no database any more. */
  const now = probes(90, [0, 0]).map(
    (probe, index): Probe =>
      probe.at > at(0.5) && probe.at < at(40) && index % 2 === 0
        ? { ...probe, result: 'failed', code: 'ECONNRESET' }
        : probe,
  );
  const record = drillRecord({ probe: 'tcp', writes: undefined, probes: now });

  test('has one outage, from its first failure to its last, and the timeline starts at its beginning', () => {
    const { outages } = record.client;
    expect(outages.length).toBeGreaterThan(100);
    expect(mainOutage(outages)).toMatchObject({ interruptions: outages.length, lastWriteAt: at(0.5) + 4 });
    expect(record.budget).toContainEqual(expect.objectContaining({ name: 'detection', atMs: 496 }));
    expect(record.budget.find(({ name }) => name === 'first write')?.atMs).toBeGreaterThan(39_000);
  });

  test('is told in two lines, which speak of connections where nothing was written', () => {
    const told = resultLines(record, terminal);
    expect(told.filter((line) => / client .*an attempt fails/.test(line))).toHaveLength(1);
    expect(told.join('\n').replace(/\s+/g, ' ')).toMatch(
      /connections are back after \d+\.\d\d s in 1\d\d interruptions/,
    );
    expect(told.join('\n')).not.toContain('writes are back');
  });

  test('has two outages when it was served for a while between them', () => {
    const twice = [...probes(20, [1, 3]), ...probes(40, [25, 26], 20)];
    const { outages } = clientSummary(twice, at(40));
    expect(outages).toHaveLength(2);
    expect(mainOutage(outages)).toMatchObject({ interruptions: 1, firstFailureAt: at(1) + 4 });
  });
});
