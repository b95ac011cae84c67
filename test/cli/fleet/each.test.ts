import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Session } from '../../../cli/access/session.ts';
import { type Answer, askEach, type Question, worstCode } from '../../../cli/fleet/each.ts';
import { rates } from '../../../cli/fleet/rate.ts';
import { refuseSameFault, rowsAsJson, tableLines } from '../../../cli/fleet/table.ts';
import { CliError } from '../../../cli/terminal/errors.ts';
import type { Io } from '../../../cli/terminal/io.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';
import { numbered } from './account.ts';

afterEach(() => void vi.useRealTimers());

const shown: string[] = [];
const io = { colour: coloursOf(false), width: 80, status: (text) => void shown.push(text) } as Io;

const sessionsOf = (names: readonly string[]) => names.map((name) => ({ selection: { name } }) as Session);

const good: Answer = { code: 0, paint: 'green', cells: [], text: 'in sync', json: { a: 1 } };

const heads = ['database', 'state'];

const questionOf = (
  ask: (name: string) => Promise<Answer>,
  limitMs = 60_000,
  rate = { atFirst: 100, perSecond: 100 },
): Question => ({
  doing: 'status',
  heads,
  limitMs,
  rate,
  ask: ({ selection }) => ask(selection.name),
});

const turns = () => new Promise(setImmediate);

describe('a question to many databases', () => {
  test('is put to ten at a time; the eleventh waits for the first to answer', async () => {
    const answers: (() => void)[] = [];
    const asked: string[] = [];
    const rows = askEach(
      io,
      sessionsOf(numbered(25)),
      questionOf((name) => {
        asked.push(name);
        return new Promise((resolve) => answers.push(() => resolve(good)));
      }),
    );
    await turns();
    expect(asked).toEqual(numbered(10));
    answers[3]?.();
    await turns();
    expect(asked).toEqual(numbered(11));
    for (let index = 0; index < 25; index += 1) {
      answers[index]?.();
      await turns();
    }
    expect((await rows).map(({ name }) => name)).toEqual(numbered(25));
  });

  test('is put to no more a second than its rate allows', async () => {
    vi.useFakeTimers();
    const asked: string[] = [];
    const ask = async (name: string) => {
      asked.push(name);
      return good;
    };
    const rows = askEach(io, sessionsOf(numbered(100)), questionOf(ask, 60_000, { atFirst: 20, perSecond: 8 }));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toHaveLength(20);
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked).toHaveLength(60);
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked).toEqual(numbered(100));
    expect(await rows).toHaveLength(100);
  });

  test('leaves the functions their share of what AWS answers: 40 calls of the ELB API at once, 10 a second', () => {
    const calls = { status: 1, plan: 3, resync: 3, doctor: 16 } as const;
    for (const name of ['status', 'plan', 'resync', 'doctor'] as const) {
      const { atFirst, perSecond } = rates[name];
      expect(atFirst * calls[name], name).toBeLessThan(40);
      expect(perSecond * calls[name], name).toBeLessThan(10);
    }
  });

  test('is put again, twice, to one whose function AWS has throttled', async () => {
    const asked: string[] = [];
    const rows = await askEach(
      io,
      sessionsOf(['busy', 'stuck', 'other']),
      questionOf(async (name) => {
        asked.push(name);
        const tries = asked.filter((one) => one === name).length;
        if (name === 'stuck' || (name === 'busy' && tries === 1))
          throw new CliError('failed: DescribeTargetHealth failed (Throttled): Rate exceeded');
        return good;
      }),
    );
    expect(rows.map(({ name, code }) => [name, code])).toEqual([
      ['stuck', 1],
      ['busy', 0],
      ['other', 0],
    ]);
    expect(asked.toSorted()).toEqual(['busy', 'busy', 'other', 'stuck', 'stuck', 'stuck']);
  });

  test('has a row for one that does not answer in time, and asks the next in its place', async () => {
    vi.useFakeTimers();
    const names = numbered(11);
    const isStuck = (name: string) => name <= 'db-010';
    const rows = askEach(
      io,
      sessionsOf(names),
      questionOf(async (name) => (isStuck(name) ? new Promise<never>(() => {}) : good), 60_000),
    );
    await vi.advanceTimersByTimeAsync(60_000);
    const [first, ...others] = await rows;
    expect(first).toMatchObject({ name: 'db-001', code: 1, text: 'FAULT: no answer within 60 s' });
    expect(first?.next).toMatch(/^rds-target status db-001 /);
    expect(others).toHaveLength(10);
    expect(others.at(-1)).toEqual({ name: 'db-011', ...good });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('shows how far it is, once it takes longer than a second', async () => {
    vi.useFakeTimers();
    shown.length = 0;
    const rows = askEach(
      io,
      sessionsOf(['a', 'b']),
      questionOf(async (name) => {
        if (name === 'b') await new Promise((done) => setTimeout(done, 2500));
        return good;
      }),
    );
    await vi.advanceTimersByTimeAsync(2500);
    await rows;
    expect(shown).toEqual(['status: 1 of 2 databases … 1 s', 'status: 1 of 2 databases … 2 s', '']);
  });

  test('is answered worst first: what is not known, what is wrong, what is only unusual, then by name', async () => {
    const answers: Readonly<Record<string, Answer>> = {
      'db-10': good,
      'db-9': good,
      paused: { ...good, paint: 'yellow' },
      held: { ...good, code: 3, paint: 'yellow' },
      drifting: { ...good, code: 3, paint: 'red' },
    };
    const rows = await askEach(
      io,
      sessionsOf([...Object.keys(answers), 'gone']),
      questionOf(async (name) => {
        const answer = answers[name];
        if (!answer) throw new CliError('it is not there', 'deploy it');
        return answer;
      }),
    );
    expect(rows.map(({ name }) => name)).toEqual(['gone', 'drifting', 'held', 'paused', 'db-9', 'db-10']);
    expect(worstCode(rows)).toBe(1);
    expect(worstCode(rows.slice(1))).toBe(3);
    expect(worstCode(rows.slice(3))).toBe(0);
    expect(tableLines(io, heads, rows)).toEqual([
      'database  state',
      'gone      FAULT: it is not there',
      '          next: deploy it',
      'drifting  in sync',
      'held      in sync',
      'paused    in sync',
      'db-9      in sync',
      'db-10     in sync',
      '6 databases: 1 not known, 2 to look at, 3 well',
    ]);
    expect(rowsAsJson(rows).slice(0, 2)).toEqual([
      '{"database":"gone","exitCode":1,"fault":"it is not there","next":"deploy it"}',
      '{"database":"drifting","exitCode":3,"a":1}',
    ]);
  });

  test('that fails everywhere for one reason is one error', async () => {
    const failing = (text: (name: string) => string) =>
      askEach(
        io,
        sessionsOf(['a', 'b']),
        questionOf(async (name) => {
          throw new CliError(text(name), 'log in');
        }),
      );
    const same = await failing(() => 'no credentials');
    expect(() => refuseSameFault(same)).toThrow('no credentials\nNext: log in');
    const different = await failing((name) => `no ${name}`);
    expect(() => refuseSameFault(different)).not.toThrow();
    expect(() => refuseSameFault(same.slice(1))).not.toThrow();
  });
});
