import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test } from 'vitest';
import type { DatabaseEndpointServiceProps } from '../../../infra/endpoint-service/database-endpoint-service.ts';
import { FollowedDatabase } from '../../../infra/reconciler/followed-database.ts';
import { configFromEnv } from '../../../lib/settings/config.ts';
import { newStack, serviceWith } from '../endpoint-rig.ts';
import { addReconciler, functionOf, newStack as plainStack, resolved, resourcesOf } from '../reconciler-rig.ts';

const marker = 'sg-0fffffffffffffff0';

function warmService(props: Partial<DatabaseEndpointServiceProps> = {}) {
  const rig = newStack();
  const securityGroup = SecurityGroup.fromSecurityGroupId(rig.stack, 'Marker', marker);
  return serviceWith({ warmStandby: { securityGroup }, ...props }, rig).template();
}

describe('an endpoint service for a warm standby', () => {
  test('checks health every 5 seconds, twice each way, keeps no client at a target, and ends what a failed one has', () => {
    const template = warmService();
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 4,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
      TargetGroupAttributes: Match.arrayWith([
        { Key: 'stickiness.enabled', Value: 'false' },
        { Key: 'target_health_state.unhealthy.connection_termination.enabled', Value: 'true' },
      ]),
    });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      LoadBalancerAttributes: Match.arrayWith([{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }]),
    });
  });

  test('reaches the marker group alone: an address that another has now is not even reached', () => {
    const template = warmService({ databasePort: 3306, engine: 'mysql' });
    const egress = resourcesOf(template, 'AWS::EC2::SecurityGroupEgress').map(([, { Properties }]) => Properties);
    expect(egress.map((one) => [one.DestinationSecurityGroupId, one.FromPort, one.ToPort])).toEqual([
      [marker, 3306, 3306],
    ]);
    const ingress = resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(([, { Properties }]) => Properties);
    expect(ingress.map((one) => [one.GroupId, one.FromPort])).toEqual([[marker, 3306]]);
  });

  test('is as before without one', () => {
    const group = (template: Template) => resourcesOf(template, 'AWS::ElasticLoadBalancingV2::TargetGroup')[0]?.[1];
    const properties = group(serviceWith().template())?.Properties ?? {};
    expect(properties.HealthCheckIntervalSeconds).toBe(10);
    expect(JSON.stringify(properties)).not.toMatch(/stickiness|target_health_state/);
  });

  test('refuses what would make a failover slower or the reach wider, all at once', () => {
    const rig = newStack();
    const group = (id: string) => SecurityGroup.fromSecurityGroupId(rig.stack, id, id);
    const warmStandby = { securityGroup: group(marker) };
    const wrong = {
      warmStandby,
      databaseSecurityGroup: group('sg-0123456789abcdef0'),
      databaseCidrs: ['10.0.0.0/24'],
      healthCheckInterval: Duration.seconds(30),
      healthyThreshold: 3,
      unhealthyThreshold: 5,
      engine: 'sqlserver-ee',
    };
    expect(() => serviceWith(wrong, rig)).toThrow(
      'orders/Service: warmStandby is given for sqlserver-ee; allowed: nothing: sqlserver-ee mirrors to a standby that runs, so a closed ' +
        'port does not tell it from the writer; databaseSecurityGroup is sg-0123456789abcdef0; allowed: nothing with warmStandby: the load ' +
        'balancer reaches its security group alone; databaseCidrs is 10.0.0.0/24; allowed: nothing with warmStandby: the load balancer ' +
        'reaches its security group alone; healthCheckInterval is 30 seconds; allowed: 5 seconds with warmStandby; healthyThreshold is 3; ' +
        'allowed: 2 with warmStandby; unhealthyThreshold is 5; allowed: 2 with warmStandby',
    );
    const right = {
      warmStandby,
      databaseSecurityGroup: warmStandby.securityGroup,
      healthCheckInterval: Duration.seconds(5),
    };
    expect(() => serviceWith(right, newStack())).not.toThrow();
  });
});

describe('a reconciler with a warm standby', () => {
  const instance = FollowedDatabase.instance({ instanceIdentifier: 'orders', engine: 'postgres' });

  function warmTemplate(props: Parameters<typeof addReconciler>[1] = {}) {
    const stack = plainStack();
    const securityGroup = SecurityGroup.fromSecurityGroupId(stack, 'Marker', marker);
    addReconciler(stack, { database: instance, warmStandby: { securityGroup }, ...props });
    return Template.fromStack(stack);
  }

  const sids = (template: Template) =>
    resourcesOf(template, 'AWS::IAM::Policy')
      .filter(([id]) => id.startsWith('ReconcilerDrift'))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .filter(({ Sid }) => Sid === 'ProveStandby');

  test('tells the functions, and may read the interfaces that prove it, whether new addresses are verified or not', () => {
    for (const verifyInterfaces of [true, false]) {
      const template = warmTemplate({ verifyInterfaces });
      const config = configFromEnv(functionOf(template, 'Drift').Properties.Environment.Variables);
      expect([config.policy.warmStandby, config.database.markerSecurityGroup]).toEqual([true, marker]);
      expect(sids(template).map((one) => resolved(one))).toEqual([
        { Sid: 'ProveStandby', Effect: 'Allow', Action: 'ec2:DescribeNetworkInterfaces', Resource: '*' },
      ]);
    }
    const without = warmTemplate({ warmStandby: undefined });
    expect(sids(without)).toEqual([]);
    expect(
      configFromEnv(functionOf(without, 'Drift').Properties.Environment.Variables).policy.warmStandby,
    ).toBeUndefined();
  });

  test.each<[string, Parameters<typeof addReconciler>[1], RegExp]>([
    [
      'a cluster',
      { database: FollowedDatabase.cluster({ clusterIdentifier: 'orders' }) },
      /WARM_STANDBY is "true"; allowed: false, or DATABASE_KIND instance/,
    ],
    ['readers', { role: 'reader' }, /WARM_STANDBY is "true"; allowed: false, or ROLE writer/],
    ['what never removes', { removeStale: 'never' }, /WARM_STANDBY is "true"; allowed: .*REMOVE_STALE than never/],
    [
      'SQL Server',
      { database: FollowedDatabase.instance({ instanceIdentifier: 'orders', engine: 'sqlserver-se' }) },
      /warmStandby is given for sqlserver-se; allowed: nothing: sqlserver-se mirrors to a standby that runs/,
    ],
  ])('is refused for %s', (_, props, message) => {
    expect(() => warmTemplate(props)).toThrow(message);
  });

  test('goes with an endpoint service that is made for it, and with no other', () => {
    for (const [ofService, ofReconciler] of [
      [true, false],
      [false, true],
    ]) {
      const rig = newStack();
      const warmStandby = { securityGroup: SecurityGroup.fromSecurityGroupId(rig.stack, 'Marker', marker) };
      const { service } = serviceWith(ofService ? { warmStandby } : {}, rig);
      const { targetGroup } = service;
      expect(() =>
        addReconciler(rig.stack, { database: instance, targetGroup, ...(ofReconciler ? { warmStandby } : {}) }),
      ).toThrow(/warmStandby is given to only one of reconciler and endpoint service; allowed: both or neither/);
    }
  });
});
