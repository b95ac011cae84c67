import { describe, expect, test } from 'vitest';
import type { Io } from '../../../cli/terminal/io.ts';
import { headLines, planLines, resyncLines, targetLines } from '../../../cli/terminal/report-text.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';
import type { Report, TargetState } from '../../../lib/domain.ts';
import { reportOf, shifted } from '../reports.ts';

const io = { colour: coloursOf(false), width: 80, env: {} } as Io;

describe('the targets of a group in sync', () => {
  const report = (...states: TargetState[]): Report =>
    reportOf({ targets: states.map((state, index) => ({ target: `10.0.1.${index}:5432`, state })) });

  test.each<[TargetState[], RegExp | undefined]>([
    [['healthy'], undefined],
    [['unhealthy', 'healthy'], undefined],
    [['unhealthy'], /consumers are not served/],
    [['unused'], /consumers are not served/],
    [['initial', 'unhealthy'], /90 to 180 seconds/],
  ])('%j: where to go on when none is healthy', (states, told) => {
    const text = targetLines(io, report(...states)).join('\n');
    if (told) expect(text).toMatch(told);
    expect(text.includes('next: docs/runbook.md#no-healthy-target')).toBe(told !== undefined);
  });
});

test('a target that a zonal shift keeps connections from says so beside its state, and why no consumer is served', () => {
  const text = targetLines(io, reportOf({ targets: shifted })).join('\n');
  expect(text).toMatch(/10\.0\.2\.10:5432 {2}healthy zonal_shift_active/);
  expect(text).toMatch(/a zonal shift keeps new connections away from every healthy target/);
});

describe('what a plan and a resync say', () => {
  const nothing = { register: [], deregister: [] };
  const change = { kind: 'change', register: ['10.0.1.10:5432'], deregister: [] } as const;
  test.each<[string, Partial<Report>, RegExp]>([
    ['in sync', { plan: { kind: 'in-sync', ...nothing } }, /^ {2}nothing to do$/],
    [
      'on a hold',
      { outcome: 'held', plan: { kind: 'hold', ...nothing } },
      /^ {2}no plan: a resync would change nothing/,
    ],
    ['while it waits', { outcome: 'waiting', plan: { kind: 'waiting', ...nothing } }, /^ {2}nothing to do yet/],
    ['with a difference', { outcome: 'observed', plan: change }, /^ {2}\+ {2}register {2}10\.0\.1\.10:5432$/],
  ])('a plan %s', (_, report, text) => {
    expect(planLines(io, reportOf(report)).join('\n')).toMatch(text);
  });

  test.each<[string, Partial<Report>, RegExp]>([
    ['in sync', {}, /^ {2}nothing to do$/],
    ['on a hold', { outcome: 'held', reason: 'NoWriter' }, /^$/],
    ['while it waits', { outcome: 'waiting' }, /^ {2}the group is not right yet/],
    [
      'that only observes',
      { outcome: 'observed', plan: change },
      /nothing was changed.*\+ {2}register {2}10\.0\.1\.10/s,
    ],
    [
      'that did something',
      { outcome: 'changed', registered: ['10.0.1.10:5432'], targets: [{ target: '10.0.1.10:5432', state: 'initial' }] },
      /\+ {2}registered {2}10\.0\.1\.10:5432\n.*90 to 180 seconds/s,
    ],
  ])('a resync %s', (_, report, text) => {
    expect(resyncLines(io, reportOf(report)).join('\n')).toMatch(text);
  });
});

describe('a warm standby', () => {
  const [writer, standby] = ['10.0.1.10:5432', '10.0.2.10:5432'];
  const reportWith = (state: TargetState, over: Partial<Report> = {}) =>
    reportOf({
      writer: { address: '10.0.1.10', port: 5432 },
      standby: { kind: 'proven', target: standby },
      targets: [
        { target: writer, state: 'healthy' },
        { target: standby, state },
      ],
      ...over,
    });
  const session = { selection: { database: 'orders', functionName: 'f' }, place: 'local' } as never;
  const head = (report: Report) => headLines(io, session, report).join('\n');

  test.each<[TargetState, string]>([
    ['unhealthy', 'unhealthy is normal'],
    ['initial', 'initial'],
    ['healthy', 'healthy'],
  ])('that is %s is told as %s, and is no role without a name', (state, said) => {
    expect(head(reportWith(state))).toContain(`standby  ${standby} (${said})`);
    expect(targetLines(io, reportWith(state)).join('\n')).toMatch(new RegExp(`${standby} +${state} +standby`));
  });

  test('in red would alarm: the state of an unhealthy one is dim', () => {
    const coloured = { ...io, colour: coloursOf(true) } as Io;
    const text = targetLines(coloured, reportWith('unhealthy')).join('\n');
    expect(text).toContain(coloured.colour.dim('unhealthy'));
    expect(text).not.toContain(coloured.colour.red('unhealthy'));
  });

  test.each<[Partial<Report>, string]>([
    [{ standby: { kind: 'proven', target: standby }, targets: [] }, `standby  ${standby} (not registered yet)`],
    [{ standby: { kind: 'unproven', why: 'w' } }, 'standby  none, see above'],
    [{ standby: { kind: 'answers', why: 'w' } }, 'standby  none, see above'],
    [{ standby: { kind: 'unread', why: 'w' } }, 'standby  not known now'],
  ])('%j has a line of its own', (over, line) => {
    expect(head(reportWith('unhealthy', over))).toContain(line);
  });

  test('of none nothing is said', () => {
    expect(head(reportWith('healthy', { standby: undefined }))).not.toContain('standby');
  });

  test('that is missing is named in a plan of status', () => {
    const plan = { kind: 'change', register: [standby], deregister: [] } as const;
    const report = reportWith('healthy', { targets: [{ target: writer, state: 'healthy' }], plan });
    expect(targetLines(io, report).join('\n')).toMatch(new RegExp(`${standby} +missing +standby`));
  });
});
