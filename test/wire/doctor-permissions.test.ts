import { beforeEach, expect, test } from 'vitest';
import { diagnosticActions } from '../../lib/doctor/permissions.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { shared } from '../shared.ts';
import { arnOf, checksFrom, detailOf, named, startWatched } from './doctor-rig.ts';

/* What the role may not read is not checked, with the action to grant; it never fails. */

let sandbox: Sandbox;
shared(
  async () => {
    sandbox = await startWatched();
    // A rule beside the schedule, so that it is described too.
    const rule = { name: 'more', pattern: { source: ['mine'] }, targetArn: arnOf('orders-drift') };
    sandbox.eventBridge.target(rule, () => {});
  },
  () => sandbox.close(),
  60_000,
);
// A doctor makes eight calls to ELBv2, and AWS grants an account ten a second.
beforeEach(() => sandbox.clock.sleep(1000));

/** How each service words a refusal. */
const codes: Readonly<Record<string, string>> = {
  elasticloadbalancing: 'AccessDenied',
  ec2: 'UnauthorizedOperation',
  events: 'AccessDeniedException',
  scheduler: 'AccessDeniedException',
  cloudwatch: 'AccessDenied',
  lambda: 'AccessDeniedException',
};

function takeAway(permission: string): () => void {
  const [service = '', action = ''] = permission.split(':');
  return sandbox.faults.add({ action, kind: 'error', code: codes[service] ?? 'AccessDenied', status: 403 });
}

const network = ['database-admits-function', 'database-admits-load-balancer', 'load-balancer-reaches-database'];
const group = ['cross-zone-on', 'group-attributes', 'group-in-database-vpc', 'group-port', 'group-type-ip'];
const balancer = [
  'cross-zone-on',
  'database-admits-load-balancer',
  'load-balancer-admits-consumers',
  'load-balancer-forwards',
  'load-balancer-reaches-database',
  'zones-cover-database',
];
/** The zones are read with the load balancer itself: neither its attributes nor its listeners tell them. */
const withoutZones = balancer.filter((name) => name !== 'zones-cover-database');
const alarms = ['alarms-exist', 'alarms-quiet'];

/** Parameters are read of MySQL only: see below. */
type Asked = Exclude<(typeof diagnosticActions)[number], `rds:${string}`>;
const asked = diagnosticActions.filter((action): action is Asked => !action.startsWith('rds:'));

const unchecked: Record<Asked, readonly string[]> = {
  'elasticloadbalancing:DescribeTargetGroups': [...new Set([...group, ...balancer])],
  'elasticloadbalancing:DescribeTargetGroupAttributes': [...new Set([...group, ...withoutZones])],
  'elasticloadbalancing:DescribeLoadBalancers': balancer,
  'elasticloadbalancing:DescribeLoadBalancerAttributes': withoutZones,
  'elasticloadbalancing:DescribeListeners': withoutZones,
  'ec2:DescribeSecurityGroups': [...network, 'load-balancer-admits-consumers'],
  'ec2:DescribeSubnets': network,
  // Whose interface an API's address is, is told beside the address; what the address proves needs no reading.
  'ec2:DescribeNetworkInterfaces': ['addresses-verified'],
  'events:ListRuleNamesByTarget': ['rules-enabled', 'rules-fired'],
  'events:DescribeRule': ['rules-enabled', 'rules-fired'],
  'scheduler:GetSchedule': ['rules-enabled', 'rules-fired'],
  'cloudwatch:GetMetricStatistics': ['rules-enabled', 'rules-fired', 'runs-succeed'],
  'cloudwatch:DescribeAlarmsForMetric': alarms,
  'cloudwatch:DescribeAlarms': alarms,
  'lambda:GetFunctionConfiguration': ['database-admits-function'],
};

test.each(asked)('without %s nothing fails, and what needs it names it', async (permission) => {
  const giveBack = takeAway(permission);
  const checks = await checksFrom(sandbox.functions.drift).finally(giveBack);
  expect(named(checks, 'failed')).toEqual([]);
  expect(named(checks, 'not-checked')).toEqual([...unchecked[permission], 'permissions-suffice'].sort());
  for (const name of [...unchecked[permission], 'permissions-suffice'])
    expect(detailOf(checks, name), name).toContain(`grant ${permission}`);
});

test('without any of them the checks that need none still answer, and one list says all that is missing', async () => {
  const undos = asked.map(takeAway);
  const checks = await checksFrom(sandbox.functions.drift).finally(() => undos.forEach((undo) => void undo()));
  expect(named(checks, 'failed')).toEqual([]);
  expect(named(checks, 'ok')).toEqual([
    // Private addresses prove it, wherever the function runs.
    'apis-reached-privately',
    'configuration-matches',
    'corrects-differences',
    'desired-state-known',
    'in-sync',
    // PostgreSQL does not lock clients out, and its parameters are not read.
    'max-connect-errors',
    'name-resolves',
    'no-other-targets',
    'one-private-address',
    'rds-api-answers',
    'sources-agree',
    'target-group-answers',
    'target-healthy',
    'writer-accepts-connections',
  ]);
  expect(detailOf(checks, 'permissions-suffice')).toMatch(
    /cloudwatch:DescribeAlarmsForMetric, cloudwatch:GetMetricStatistics, .*lambda:GetFunctionConfiguration/,
  );
});

test('an API that does not answer keeps its checks unchecked, and the doctor does not wait for it for long', async () => {
  const giveBack = sandbox.faults.add({ action: 'DescribeSecurityGroups', kind: 'hang' });
  const checks = await checksFrom(sandbox.functions.drift).finally(giveBack);
  expect(named(checks, 'failed')).toEqual([]);
  expect(detailOf(checks, 'database-admits-load-balancer')).toMatch(/ec2:DescribeSecurityGroups gave no answer/);
});

test.each(['rds:DescribeDBParameters', 'rds:DescribeDBClusterParameters'])(
  'without %s doctor does not claim that MySQL tolerates health checks',
  async (permission) => {
    const { database } = sandbox;
    database.overrideApiView((view) => ({
      ...view,
      instances: view.instances.map((instance) => ({ ...instance, engine: 'aurora-mysql' })),
    }));
    const giveBack = takeAway(permission);
    const checks = await checksFrom(sandbox.functions.drift).finally(() => {
      giveBack();
      database.overrideApiView(undefined);
    });
    expect(named(checks, 'not-checked')).toEqual(['max-connect-errors', 'permissions-suffice']);
    expect(detailOf(checks, 'max-connect-errors')).toContain(`grant ${permission}`);
  },
);
