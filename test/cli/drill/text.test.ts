import { describe, expect, test } from 'vitest';
import { follower } from '../../../cli/drill/follower.ts';
import { clientSummary, mainOutage } from '../../../cli/drill/outage.ts';
import type { Observation, Probe } from '../../../cli/drill/record.ts';
import { resultLines } from '../../../cli/drill/text.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';
import { widest } from '../terminal.ts';
import { at, drillRecord, failover, observed, probes } from './example-record.ts';

/* A drill tells what happened, and not everything that flickered. */

const resultText = (...drawn: Parameters<typeof resultLines>) => resultLines(...drawn).join('\n');

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
    expect(record.timeline).toContainEqual(expect.objectContaining({ name: 'detection', atMs: 496 }));
    expect(record.timeline.find(({ name }) => name === 'first write')?.atMs).toBeGreaterThan(39_000);
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

describe('the result', () => {
  test('never calls a write safe that was not counted', () => {
    expect(resultText(drillRecord({ probe: 'tcp', writes: undefined }), terminal)).not.toContain('lost');
  });

  test.each([
    [1, '43.60', '68.0'],
    [10, '436.00', '680.0'],
  ])(
    'fits 80 columns and shows the times of AWS, from its own timings and from ten times faster ones: %i',
    (speed, firstWrite, run) => {
      const problems = [
        'the group holds 10.0.1.10:5432 and 10.0.2.10:5432; it should hold 10.0.2.10:5432 and no other',
      ];
      const text = resultText(drillRecord({ speed, problems }), terminal);
      expect(text).toMatch(new RegExp(`first write +${firstWrite} s`));
      expect(text.replace(/\s+/g, ' ')).toContain(`ends after ${run} s: orders changed:`);
      expect(text).toContain(`${firstWrite} s without writes`);
      expect(text).toMatch(/^FAIL: the group holds/m);
      expect(widest(text)).toBeLessThanOrEqual(80);
    },
  );
});

test('a sandbox says that it is one, and what really runs there', () => {
  const { before } = drillRecord();
  const given = {
    place: 'sandbox',
    speed: 10,
    before: { ...before, engine: 'postgres 18.4 on db.r7g.large' },
  } as const;
  const told = (more: object) => resultText(drillRecord({ ...given, ...more }), terminal).replace(/\s+/g, ' ');
  expect(told({})).toMatch(
    /^SANDBOX, not AWS: PostgreSQL 18\.4 on this machine\. Times are AWS's; the sandbox is 10 times faster\./,
  );
  expect(told({ probe: 'tcp', writes: undefined })).toMatch(/^SANDBOX, not AWS: TCP listeners instead of a database\./);
  expect(resultText(drillRecord(), terminal)).not.toContain('SANDBOX');
});
