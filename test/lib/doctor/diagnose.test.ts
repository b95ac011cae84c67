import { describe, expect, test } from 'vitest';
import { alarmNames } from '../../../lib/doctor/alarm-names.ts';
import { catalogue } from '../../../lib/doctor/catalogue.ts';
import { diagnose } from '../../../lib/doctor/diagnose.ts';
import { diagnosticActions } from '../../../lib/doctor/permissions.ts';
import { known } from '../../../lib/doctor/reading.ts';
import type { Instruments } from '../../../lib/doctor/surroundings.ts';
import { balancer, configOf, denied, groupsOf, network, settings, state, surroundings } from './scene.ts';

const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:orders-drift';
const instruments: Instruments = {
  group: async () => known({ ...settings, targetType: 'instance' }),
  loadBalancers: async () => known([balancer]),
  databaseNetwork: async () => known(network),
  securityGroups: async () => groupsOf(),
  subnets: async () => denied,
  place: async () => surroundings.place ?? denied,
  rulesThatWake: async () => known([{ name: 'drift', state: 'ENABLED', schedule: 'rate(1 minute)' }]),
  sum: async () => known(9),
  alarmsBeside: async () => known(alarmNames.map((name) => ({ name: `orders-${name}`, state: 'OK' }))),
  speak: async () => ({ result: 'ok', said: 'PostgreSQL, with TLS' }),
  apiHosts: async () => [],
};

describe('a diagnosis', () => {
  const basic = [{ check: 'in-sync', result: 'failed', detail: 'change' } as const];
  const checks = () => diagnose(instruments, { config: configOf(), state, basic, functionArn: arn });

  test('has every check once, those of the run first', async () => {
    const names = (await checks()).map(({ check }) => check);
    const told = [
      'rds-api-answers',
      'name-resolves',
      'probe',
      'desired-state-known',
      'configuration-matches',
      'target-group-answers',
      'target-healthy',
      'corrects-differences',
      // Of a host name, and of a warm standby.
      'targets-shown',
      'warm-standby',
    ];
    expect(names[0]).toBe('in-sync');
    expect([...names, ...told, 'doctor-complete', 'functions-answer'].sort()).toEqual(Object.keys(catalogue).sort());
  });

  test('tells of a warm standby where there is to be one', async () => {
    const { policy, ...others } = configOf();
    const config = { ...others, policy: { ...policy, warmStandby: true } };
    const all = await diagnose(instruments, { config, state, basic, functionArn: arn });
    expect(all.map(({ check }) => check)).toContain('warm-standby');
  });

  test('says of each what it means, and of what failed what to do', async () => {
    const all = await checks();
    const of = (name: string) => all.find(({ check }) => check === name);
    expect(of('in-sync')).toEqual({ ...basic[0], ...catalogue['in-sync'] });
    expect(of('group-type-ip')).toEqual({
      check: 'group-type-ip',
      result: 'failed',
      detail: 'the target type is instance; it cannot be changed',
      ...catalogue['group-type-ip'],
    });
    const { meaning } = catalogue['cross-zone-on'];
    expect(of('cross-zone-on')).toEqual({ check: 'cross-zone-on', result: 'ok', detail: 'orders-nlb: on', meaning });
    const unknown = all.filter(({ result }) => result === 'not-checked');
    expect(unknown.length).toBeGreaterThan(0);
    for (const check of unknown) expect(Object.keys(check)).not.toContain('remedy');
  });

  test('knows its function by its ARN alone', async () => {
    const all = await diagnose(instruments, { config: configOf(), state, basic, functionArn: undefined });
    expect(all.find(({ check }) => check === 'rules-enabled')).toMatchObject({ result: 'not-checked' });
  });
});

test.each(Object.entries(catalogue))('%s has a meaning and a remedy, each at least a sentence', (_, entry) => {
  for (const text of [entry.meaning, entry.remedy]) expect(text).toMatch(/^(aws |[A-Z]).{14,}\.$/);
});

test('each permission of the doctor reads, and changes nothing', () => {
  expect(diagnosticActions.length).toBeGreaterThan(10);
  for (const action of diagnosticActions)
    expect(action).toMatch(
      /^(elasticloadbalancing|ec2|rds|events|scheduler|cloudwatch|lambda):(Describe|List|Get)[A-Z]\w+$/,
    );
});
