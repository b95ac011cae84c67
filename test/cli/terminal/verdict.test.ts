import { describe, expect, test } from 'vitest';
import { codeOf, verdictOf } from '../../../cli/terminal/verdict.ts';
import type { Outcome, Report } from '../../../lib/domain.ts';
import { healthy, reportOf, shifted, unhealthy } from '../reports.ts';

describe('exit codes', () => {
  test.each<[Outcome, Report['targets'], number]>([
    ['in-sync', undefined, 0],
    ['in-sync', healthy, 0],
    ['in-sync', unhealthy, 3],
    ['in-sync', [], 3],
    ['in-sync', [{ target: '10.0.1.10:5432', state: 'initial' }], 3],
    ['in-sync', [{ target: '10.0.1.10:5432', state: 'unused' }], 3],
    ['in-sync', [...unhealthy, ...healthy], 0],
    ['in-sync', shifted, 3],
    ['in-sync', [...shifted, ...healthy], 0],
    ['changed', healthy, 0],
    ['changed', unhealthy, 3],
    ['held', healthy, 3],
    ['waiting', healthy, 3],
    ['observed', healthy, 3],
    ['ignored', undefined, 0],
  ])('an outcome %s of a group with %j ends with %i', (outcome, targets, code) => {
    expect(codeOf({ outcome, ...(targets ? { targets } : {}) })).toBe(code);
  });
});

describe('the headline', () => {
  const plan = { kind: 'change', register: ['a'], deregister: [] } as const;
  const pausedUntil = '2036-01-01T00:00:00Z';
  test.each<[Partial<Report>, string, string]>([
    [{}, 'in sync', 'green'],
    [{ targets: healthy }, 'in sync', 'green'],
    [{ targets: unhealthy }, 'in sync, NO HEALTHY TARGET', 'red'],
    [{ targets: [] }, 'in sync, NO HEALTHY TARGET', 'red'],
    [{ targets: shifted }, 'in sync, NO NEW CONNECTIONS (zonal shift)', 'red'],
    [{ targets: [...shifted, ...healthy] }, 'in sync', 'green'],
    [{ pausedUntil, targets: healthy }, `in sync, PAUSED until ${pausedUntil}`, 'yellow'],
    [{ pausedUntil, targets: [] }, `in sync, PAUSED until ${pausedUntil}, NO HEALTHY TARGET`, 'red'],
    [{ outcome: 'changed', registered: ['a'] }, 'corrected (1 registered, 0 deregistered), now in sync', 'green'],
    [{ outcome: 'waiting' }, 'waiting: the group is not yet as it should be', 'yellow'],
    [{ outcome: 'ignored' }, 'ignored', 'dim'],
    [{ outcome: 'held', reason: 'NoWriter', targets: unhealthy }, 'held: NoWriter, NO HEALTHY TARGET', 'red'],
    [{ outcome: 'held', reason: 'NoWriter' }, 'held: NoWriter', 'yellow'],
    [{ outcome: 'observed' }, 'drift', 'red'],
    [
      { outcome: 'observed', plan, targets: unhealthy },
      'drift (1 to register, 0 to deregister), NO HEALTHY TARGET',
      'red',
    ],
  ])('of %j is %s, in %s', (report, text, paint) => {
    expect(verdictOf(reportOf(report))).toEqual({ text, paint });
  });
});
