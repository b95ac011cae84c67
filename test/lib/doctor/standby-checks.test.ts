import { describe, expect, test } from 'vitest';
import { known } from '../../../lib/doctor/reading.ts';
import { standbyChecks } from '../../../lib/doctor/standby-checks.ts';
import type { GroupSettings, Surroundings } from '../../../lib/doctor/surroundings.ts';
import type { Desired, Standby } from '../../../lib/domain.ts';
import { newState } from '../../../lib/observations/run-state.ts';
import { a, b } from '../scene.ts';
import { balancer, denied, failed, notChecked, ok, settings, state, surroundings } from './scene.ts';

/* A warm standby: the proof, and a load balancer that is as fast as it gets. */

const fast: GroupSettings = { ...settings, healthCheckSeconds: 5, healthyThreshold: 2, unhealthyThreshold: 2 };
const warm: Surroundings = { ...surroundings, group: known(fast) };
const proven: Standby = { kind: 'proven', target: b };

function check(standby: Standby | undefined, seen: Surroundings = warm) {
  const desired: Desired = {
    kind: 'targets',
    targets: [a, b],
    evidence: { since: 0, complete: true },
    ...(standby ? { standby } : {}),
  };
  return standbyChecks({ ...state, desired }, seen)['warm-standby'];
}

const decided = (desired: Desired | undefined) =>
  standbyChecks({ ...newState(0), ...(desired ? { desired } : {}) }, warm)['warm-standby'];

describe('the check of a warm standby', () => {
  test('is fine with a proof and the fastest health checks, whatever the health of the standby', () => {
    expect(check(proven)).toEqual(ok('proven; an unhealthy standby is normal'));
  });

  test.each<Standby>([
    { kind: 'unproven', why: 'EC2 shows 3 interfaces' },
    { kind: 'answers', why: '10.0.2.10:5432 and the writer have both been healthy' },
  ])('fails without a standby, with the reason: %j', (standby) => {
    expect(check(standby)).toEqual(failed(standby.kind === 'proven' ? '' : standby.why));
  });

  test('fails where the role may not read what proves it, and says what to grant; a fault that passes says nothing', () => {
    const unread: Standby = { kind: 'unread', why: 'EC2 does not say' };
    const desired: Desired = {
      ...{ kind: 'targets', targets: [a], evidence: { since: 0, complete: true } },
      standby: unread,
    };
    const checked = (isDenied?: boolean) => {
      const marked = {
        at: 0,
        seen: { kind: 'unavailable', message: 'no', ...(isDenied ? { isDenied } : {}) } as const,
      };
      return standbyChecks({ ...state, desired, marked }, warm)['warm-standby'];
    };
    expect(checked(true)).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining('grant ec2:DescribeNetworkInterfaces'),
    });
    expect(checked()).toEqual(notChecked('EC2 does not say'));
  });

  test.each<[string, Partial<GroupSettings>, RegExp]>([
    ['checks are slow', { healthCheckSeconds: 10 }, /health checks every 10 s, thresholds 2 and 2: .*every 5 s/],
    ['a target is long unhealthy', { healthyThreshold: 3 }, /thresholds 3 and 2/],
    ['a target is long healthy', { unhealthyThreshold: 3 }, /thresholds 2 and 3/],
    ['clients stick', { attributes: new Map([['stickiness.enabled', 'true']]) }, /stickiness is on/],
    [
      'zones are apart',
      { attributes: new Map([['load_balancing.cross_zone.enabled', 'false']]) },
      /cross-zone is off at orders-nlb/,
    ],
  ])('fails where %s', (_, over, said) => {
    const { result, detail } = check(proven, { ...warm, group: known({ ...fast, ...over }) });
    expect([result, detail]).toEqual(['failed', expect.stringMatching(said)]);
  });

  test('says all that is wrong at once', () => {
    const slow = { ...warm, group: known({ ...fast, healthCheckSeconds: 30 }) };
    expect(check({ kind: 'unproven', why: 'no proof' }, slow).detail).toMatch(/^no proof; health checks every 30 s/);
  });

  test.each<[string, () => ReturnType<typeof check>, string]>([
    ['no standby is known', () => check(undefined), 'it is not known what belongs into the group'],
    ['nothing was decided', () => decided(undefined), 'it is not known what belongs into the group'],
    [
      'the run holds',
      () => decided({ kind: 'hold', reason: 'NoWriter', message: '' }),
      'it is not known what belongs into the group',
    ],
    ['EC2 is silent', () => check({ kind: 'unread', why: 'EC2 is throttled' }), 'EC2 is throttled'],
    [
      'the load balancer cannot be read',
      () => check(proven, { ...warm, loadBalancers: denied }),
      'the role may not read it: grant ec2:DescribeSubnets; proven; an unhealthy standby is normal',
    ],
    [
      'there is no load balancer to read, nor a proof',
      () => check({ kind: 'unproven', why: 'no proof' }, { ...warm, loadBalancers: denied }),
      'the role may not read it: grant ec2:DescribeSubnets; no proof',
    ],
  ])('says nothing where %s', (_, said, detail) => {
    expect(said()).toEqual(notChecked(detail));
  });

  test('goes by the setting of the group before that of the load balancer', () => {
    const off = known([{ ...balancer, attributes: new Map() }]);
    const on = known({ ...fast, attributes: new Map([['load_balancing.cross_zone.enabled', 'true']]) });
    expect(check(proven, { ...warm, loadBalancers: off }).result).toBe('failed');
    expect(check(proven, { ...warm, loadBalancers: off, group: on }).result).toBe('ok');
  });
});
