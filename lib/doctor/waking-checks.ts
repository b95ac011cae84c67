import type { Policy } from '../domain.ts';
import { alarmNames, standbyAlarmNames } from './alarm-names.ts';
import type { Firing, Surroundings } from './surroundings.ts';
import { successMinutes } from './survey.ts';
import { failed, judge, listed, notChecked, ok, type Verdict } from './verdict.ts';

/** Whether the functions are woken, whether their runs end well, and whether an operator would be told. */
export function wakingChecks(
  { firings, successes, alarms }: Surroundings,
  { warmStandby }: Pick<Policy, 'warmStandby'>,
) {
  const expected = warmStandby ? [...alarmNames, ...standbyAlarmNames] : alarmNames;
  const rules = (verdict: (found: readonly Firing[]) => Verdict) =>
    firings ? judge(firings, verdict) : notChecked('the function does not know its own ARN');
  return {
    'rules-enabled': rules(enabledVerdict),
    'rules-fired': rules(firedVerdict),
    'runs-succeed': judge(successes, (times) =>
      times > 0
        ? ok(`${times} runs ended in sync in the last ${successMinutes} minutes`)
        : failed(`no run ended in sync in the last ${successMinutes} minutes`),
    ),
    'alarms-exist': judge(alarms, (found) => {
      const missing = expected.filter((name) => !found.some((alarm) => alarm.name.endsWith(`-${name}`)));
      return missing.length > 0 ? failed(`missing: ${listed(missing)}`) : ok(`${found.length} alarms`);
    }),
    'alarms-quiet': judge(alarms, (found) => {
      const loud = found.filter(({ state }) => state !== 'OK');
      if (loud.length > 0) return failed(loud.map(({ name, state }) => `${name} is in ${state}`).join('; '));
      return found.length > 0 ? ok(`${found.length} alarms are OK`) : notChecked('there are no alarms');
    }),
  } as const satisfies Record<string, Verdict>;
}

function enabledVerdict(firings: readonly Firing[]): Verdict {
  const names = firings.map(({ rule }) => rule.name);
  if (names.length === 0) return failed('no rule and no schedule has this function as its target');
  const off = firings.filter(({ rule }) => !rule.state.startsWith('ENABLED')).map(({ rule }) => rule.name);
  return off.length > 0 ? failed(`disabled: ${listed(off)}`) : ok(listed(names));
}

/** A schedule has to have fired. Events come when something happens: none proves nothing. */
function firedVerdict(firings: readonly Firing[]): Verdict {
  const said = ({ rule, times, windowMinutes }: Firing) => `${rule.name}: ${times} times in ${windowMinutes} minutes`;
  const late = firings.filter(({ rule, times }) => rule.schedule !== undefined && times === 0);
  if (late.length > 0) return failed(late.map(said).join('; '));
  const all = firings.map(said).join('; ');
  if (firings.some(({ times }) => times > 0)) return ok(all);
  return notChecked(
    firings.length > 0 ? `no event has come: ${all}` : 'no rule and no schedule has this function as its target',
  );
}
