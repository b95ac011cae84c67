import { describe, expect, test } from 'vitest';
import { targetKey } from '../../../lib/domain.ts';
import {
  confirmedIn,
  type Heard,
  hear,
  nothingHeard,
  recent,
  saidAt,
  writersIn,
} from '../../../lib/observations/probe.ts';
import { heardFrom, memberAt, reader, refused, type Said, silent, up, writer } from '../prober.ts';
import { a, b, cluster, instance, readers, timings } from '../scene.ts';

const confirmedAt = (said: readonly Said[], now: number, database = cluster) => {
  const { member, at } = confirmedIn(heardFrom(said, database), now, timings) ?? {};
  return member && [targetKey(member), at];
};

describe('a writer', () => {
  test('is confirmed by two answers to questions that are a quarter of a recheck apart', () => {
    expect(confirmedAt([[b, writer, 1000]], 1050)).toBeUndefined();
    expect(
      confirmedAt(
        [
          [b, writer, 1000],
          [b, writer, 1200],
        ],
        1250,
      ),
    ).toBeUndefined();
    const twice: readonly Said[] = [
      [a, silent, 1000],
      [b, writer, 1000],
      [b, writer, 1250],
    ];
    expect(confirmedAt(twice, 1300)).toEqual([targetKey(b), 1250]);
  });

  test('is confirmed by when it was asked, not by when its answers came', () => {
    const late: readonly Said[] = [
      [b, writer, 1000, 50],
      [b, writer, 1060, 900],
    ];
    expect(confirmedAt(late, 2000)).toBeUndefined();
    const slow: readonly Said[] = [
      [b, writer, 1000, 50],
      [b, writer, 1250, 50],
    ];
    expect(confirmedAt(slow, 1300)).toEqual([targetKey(b), 1250]);
  });

  test('is confirmed though a timer has ended a millisecond early, and not two', () => {
    const asked = (at: number) =>
      confirmedAt(
        [
          [b, writer, 1000],
          [b, writer, at],
        ],
        1300,
      );
    expect([asked(1248), asked(1249)]).toEqual([undefined, [targetKey(b), 1249]]);
  });

  test('stays confirmed for two rechecks after its last question, and not for longer', () => {
    const twice: readonly Said[] = [
      [b, writer, 1000],
      [b, writer, 1250],
      [b, silent, 2250],
    ];
    expect(confirmedAt(twice, 3249)).toEqual([targetKey(b), 1250]);
    expect(confirmedAt(twice, 3250)).toBeUndefined();
  });

  test('keeps the time of its confirmation while it is heard again and again', () => {
    const often = [0, 1, 2, 3, 4].map((n): Said => [b, writer, 1000 * n]);
    expect(confirmedAt(often, 4100)).toEqual([targetKey(b), 1000]);
  });

  test('has to be confirmed again after a silence of two rechecks', () => {
    const pause: readonly Said[] = [
      [b, writer, 1000],
      [b, writer, 1250],
      [b, writer, 3300],
    ];
    expect(confirmedAt(pause, 3350)).toBeUndefined();
    expect(confirmedAt([...pause, [b, writer, 3550]], 3600)).toEqual([targetKey(b), 3550]);
  });

  test('is confirmed no more once it says something else', () => {
    for (const answer of [reader, refused])
      expect(
        confirmedAt(
          [
            [b, writer, 1000],
            [b, writer, 1250],
            [b, answer, 1500],
          ],
          1550,
        ),
      ).toBeUndefined();
  });

  test('is not confirmed beside another that says the same; what the other said too long ago does not count', () => {
    const both: readonly Said[] = [
      [a, writer, 900],
      [b, writer, 1000],
      [b, writer, 1250],
    ];
    expect(confirmedAt(both, 1300)).toBeUndefined();
    const first: readonly Said[] = [[b, writer, 800], [a, writer, 900], ...both.slice(1)];
    expect(confirmedAt(first, 1300)).toBeUndefined();
    const later: readonly Said[] = [...both, [b, writer, 2900], [b, writer, 3150]];
    expect(confirmedAt(later, 3200)).toEqual([targetKey(b), 3150]);
  });

  test('whose place another has taken has to be confirmed anew', () => {
    const moved: readonly Said[] = [
      [a, writer, 0],
      [a, writer, 250],
      [a, reader, 500],
      [b, writer, 500],
    ];
    expect(confirmedAt(moved, 550)).toBeUndefined();
    expect(confirmedAt([...moved, [b, writer, 750]], 800)).toEqual([targetKey(b), 750]);
    const fallen = moved.map(([target, answer, at]): Said => [target, answer === reader ? silent : answer, at]);
    expect(confirmedAt(fallen, 550)).toBeUndefined();
  });
});

describe('a member that accepts connections without a login', () => {
  const open: readonly Said[] = [
    [a, up, 0],
    [a, up, 250],
  ];

  test('is the writer of an instance, whose standby listens nowhere', () => {
    expect(confirmedAt(open, 300, instance)).toEqual([targetKey(a), 250]);
  });

  test('has not said its role where it has replicas or fellow members', () => {
    expect(confirmedAt(open, 300)).toBeUndefined();
    expect(writersIn(heardFrom(open, { ...instance, role: 'reader' }), 300, timings)).toEqual([]);
    expect(saidAt(heardFrom(open), a, 300, timings)).toBe('unknown');
  });
});

test('what a member last said is kept, and why where it said nothing', () => {
  const { words } = heardFrom([
    [a, silent, 0],
    [b, writer, 0],
    [b, reader, 250],
  ]);
  expect([...words.values()]).toStrictEqual([
    { member: memberAt(a), said: 'unknown', why: 'no answer within 1000 ms', at: 0 },
    { member: memberAt(b), said: 'reader', at: 250 },
  ]);
});

describe('two writers', () => {
  const heard = heardFrom([
    [a, writer, 1000],
    [b, writer, 1010],
    [a, writer, 1250],
    [b, writer, 1260],
  ]);

  test('are both named, and since when', () => {
    expect(writersIn(heard, 1300, timings).map(({ member }) => member.ip)).toEqual([a.ip, b.ip]);
    expect(heard.severalSince).toBe(1010);
  });

  test('are one again as soon as the other says something else; what both said before confirms neither', () => {
    const answer = { member: memberAt(a), answer: reader, at: 1500, now: 1500 };
    const after = hear(heard, answer, readers, timings);
    expect(after.severalSince).toBeUndefined();
    expect(after.sole).toStrictEqual({ member: memberAt(b), since: 1500, at: 1260 });
    const next = (at: number) => hear(after, { member: memberAt(b), answer: writer, at, now: at }, readers, timings);
    expect(confirmedIn(next(1510), 1550, timings)).toBeUndefined();
    expect(confirmedIn(next(1750), 1800, timings)?.at).toBe(1750);
  });
});

test('what a member says while another may be missing is no first word', () => {
  const next = (before: Heard, at: number) =>
    hear(before, { member: memberAt(b), answer: writer, at, now: at }, cluster, timings);
  const partial = next(next({ ...nothingHeard, isPartial: true }, 0), 250);
  expect(confirmedIn(partial, 300, timings)).toBeUndefined();
  const once = next({ ...partial, isPartial: false, completeAt: 450 }, 500);
  expect(confirmedIn(once, 550, timings)).toBeUndefined();
  expect(confirmedIn(next(once, 750), 800, timings)?.at).toBe(750);
  expect(confirmedIn({ ...next(once, 750), isPartial: true }, 800, timings)).toBeUndefined();
  const other = { member: memberAt(a), answer: reader, at: 460, now: 460 };
  const late = next(hear({ ...partial, isPartial: false, completeAt: 450 }, other, cluster, timings), 500);
  expect(confirmedIn(late, 550, timings)).toBeUndefined();
});

test('what was confirmed is forgotten when no member answers any more', () => {
  const heard = heardFrom([
    [b, writer, 0],
    [b, writer, 250],
  ]);
  expect(recent(heard, 2249, timings)).toEqual(heard);
  expect(recent(heard, 2250, timings).sole).toBeUndefined();
  expect([2249, 2250].map((now) => saidAt(heard, b, now, timings))).toEqual(['writer', 'unknown']);
  expect(recent(heard, 4250, timings).words.size).toBe(0);
});

test('a member that is asked no more contradicts for two rechecks, and is forgotten after four', () => {
  const others = (to: number): Said[] => Array.from({ length: to / 250 }, (_, n) => [b, writer, 250 * (n + 1)]);
  const heard = (to: number) => heardFrom([[a, writer, 0], ...others(to)]);
  expect(confirmedIn(heard(1750), 1800, timings)).toBeUndefined();
  expect(confirmedIn(heard(2250), 2300, timings)?.member).toEqual(memberAt(b));
  expect([...heard(3750).words.keys()]).toEqual([targetKey(a), targetKey(b)]);
  expect([...heard(4000).words.keys()]).toEqual([targetKey(b)]);
});
