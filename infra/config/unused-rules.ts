import { withoutEffect } from '../../lib/settings/conflicts.ts';
import { keyOf, writtenIn } from '../../lib/settings/rows.ts';
import type { Path, Problem } from './problems.ts';
import { at, findings, has, hasFunctions, refused } from './values.ts';

/* What another key of the same entry leaves without effect. */

const pathOf = (...[name]: Parameters<typeof keyOf>): Path => keyOf(name)?.split('.') ?? [];
const calledInFile = (...[name]: Parameters<typeof keyOf>) => String(pathOf(name).at(-1));

/** Settings; the constructs refuse them, too. */
export const idleSettingProblems = (entry: object): Problem[] =>
  hasFunctions(entry)
    ? withoutEffect((name) => writtenIn(entry, name), calledInFile).map(({ of, value, allowed }) => ({
        path: pathOf(of),
        input: value,
        allowed,
      }))
    : [];

/** An alarm looks at whole schedule periods. */
const inPeriods = ['driftPersistsMinutes', 'heldMinutes', 'noSuccessMinutes'];

export function idleAlarmProblems(entry: object): Problem[] {
  if (!hasFunctions(entry)) return [];
  const alarm = (key: string): Path => ['alarms', key];
  const period = at(entry, ['reconcile', 'scheduleMinutes']) ?? 1;
  return [
    ...inPeriods.flatMap((key) =>
      findings(() =>
        Number(at(entry, alarm(key))) < Number(period)
          ? refused(entry, alarm(key), `at least ${period}, as scheduleMinutes is: no check says anything in between`)
          : [],
      ),
    ),
    ...(has(entry, 'targetGroupArn') && !has(entry, 'loadBalancerArn')
      ? refused(
          entry,
          alarm('noHealthyTargetMinutes'),
          'nothing without loadBalancerArn, by which CloudWatch knows the targets: there is no such alarm',
        )
      : []),
    ...(has(entry, 'warmStandby')
      ? []
      : refused(entry, alarm('twoHealthyTargetsMinutes'), 'nothing without warmStandby, whose alarm it is')),
  ];
}
