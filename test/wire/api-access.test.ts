import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test, vi } from 'vitest';
import { Placement } from '../../infra/placement/placement.ts';
import { FollowedDatabase } from '../../infra/reconciler/followed-database.ts';
import type { TargetReconcilerProps } from '../../infra/reconciler/target-reconciler.ts';
import { diagnosticActions } from '../../lib/doctor/permissions.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';
import { addReconciler, type Resource, resourcesOf } from '../infra/reconciler-rig.ts';
import { failOver, reportOf, start } from './rig.ts';

/* What our interface endpoints let pass, beside the calls that the built functions really make and what their roles may. */

// A busy machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const databases = {
  instance: FollowedDatabase.instance({ instanceIdentifier: 'orders' }),
  cluster: FollowedDatabase.cluster({ clusterIdentifier: 'orders' }),
  hostname: FollowedDatabase.hostname({ hostname: 'db.example.com', port: 5432 }),
};

function isolated(props: Partial<Pick<TargetReconcilerProps, 'database' | 'role' | 'diagnostics' | 'observeOnly'>>) {
  const stack = new Stack(new App(), 'orders');
  const vpc = new Vpc(stack, 'Vpc', { natGateways: 0 });
  addReconciler(stack, { ...props, placement: Placement.insideVpc({ vpc, endpoints: 'create' }) });
  return Template.fromStack(stack);
}

type Statement = { readonly Sid?: string; readonly Action: string | string[] };
/** None of these calls is made from inside the VPC: Lambda attaches the function to it. */
const ofLambda = ['ManageNetworkInterfaces', 'LeaveNetworkInterfacesToLambda', 'ReadNetworkInterfaces'];
const actionsOf = ({ Properties }: Resource): string[] =>
  (Properties.PolicyDocument.Statement as Statement[])
    .filter(({ Sid = '' }) => !ofLambda.includes(Sid))
    .flatMap(({ Action }) => Action);
const unique = (items: readonly string[]) => [...new Set(items)].sort();
const prefixOf = (action: string) => action.split(':')[0] ?? '';

/** What passes the endpoints of this template. */
const passing = (template: Template) =>
  unique(resourcesOf(template, 'AWS::EC2::VPCEndpoint').flatMap(([, endpoint]) => actionsOf(endpoint)));

/** What the roles of the two functions may do at the APIs that have an endpoint. */
function granted(template: Template): string[] {
  const apis = new Set(passing(template).map(prefixOf));
  const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(([id]) => !id.includes('FirstRegistration'));
  return unique(policies.flatMap(([, policy]) => actionsOf(policy)).filter((action) => apis.has(prefixOf(action))));
}

test.each([
  ['the writer of an instance', { database: databases.instance }],
  ['the replicas of an instance', { database: databases.instance, role: 'reader' as const }],
  ['a cluster', { database: databases.cluster }],
  ['a host name', { database: databases.hostname }],
  ['a cluster that is only observed', { database: databases.cluster, observeOnly: true }],
  ['a cluster, with all checks of the doctor', { database: databases.cluster, diagnostics: true }],
  ['a host name, with all checks of the doctor', { database: databases.hostname, diagnostics: true }],
])('for %s the endpoints let pass exactly what the roles may do there', (_, props) => {
  const template = isolated(props);
  expect(passing(template)).toEqual(granted(template));
  expect(unique(passing(template).map(prefixOf))).toEqual(
    props.database === databases.hostname ? ['elasticloadbalancing'] : ['ec2', 'elasticloadbalancing', 'rds'],
  );
});

describe.each(['instance', 'cluster'] as const)('the functions of a deployed %s', (kind) => {
  /** Of the APIs that have an endpoint: the doctor asks others too, for which no way is made. */
  const reached = ['ec2', 'elasticloadbalancing', 'rds'];
  const elsewhere = diagnosticActions.filter((action) => !reached.includes(prefixOf(action)));
  const made = ({ api }: Sandbox) =>
    unique(
      api
        .calls()
        .map(({ action }) => action)
        .filter((name) => !elsewhere.some((action) => action.endsWith(`:${name}`))),
    );
  const names = (actions: readonly string[]) => unique(actions.map((action) => action.split(':')[1] ?? ''));

  test('call in a failover, a resync and all the doctor looks at what the endpoints let pass, and nothing else', async () => {
    const sandbox = await start({ kind, isScheduled: false, dualStack: 'ipv4' });
    await failOver(sandbox);
    reportOf(await sandbox.functions.drift.invoke({ action: 'resync' }));
    if (kind === 'instance') {
      // An identifier that is no instance's may be a cluster's.
      const isThere = sandbox.faults.add({ action: 'DescribeDBInstances', kind: 'error', code: 'DBInstanceNotFound' });
      reportOf(await sandbox.functions.drift.invoke({ action: 'resync' }));
      isThere();
    }
    expect(made(sandbox)).toEqual(names(passing(isolated({ database: databases[kind] }))));
    reportOf(await sandbox.functions.drift.invoke({ action: 'doctor' }));
    // MySQL has more to be asked for: its parameter groups, and those of the cluster that an instance may be a member of.
    const config: SandboxOptions['config'] = (one) =>
      kind === 'cluster' ? one : { ...one, database: { ...one.database, kind, id: 'orders-1', isMember: true } };
    const mysql = await start({ kind: 'cluster', isScheduled: false, dualStack: 'ipv4', config });
    mysql.database.overrideApiView((view) => ({
      ...view,
      instances: view.instances.map((one) => ({ ...one, engine: 'aurora-mysql' })),
    }));
    reportOf(await mysql.functions.drift.invoke({ action: 'doctor' }));
    expect(unique([...made(sandbox), ...made(mysql)])).toEqual(
      names(passing(isolated({ database: databases[kind], diagnostics: true }))),
    );
  });
});
