import { Duration } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { databasesFrom } from '../../../infra/config/databases.ts';
import { DatabaseStack } from '../../../infra/stacks/database-stack.ts';
import { serviceWith } from '../endpoint-rig.ts';
import { createApp } from '../examples-rig.ts';

const entryOf = (database: object, endpointService: object | undefined = {}) =>
  databasesFrom(
    JSON.stringify([
      {
        name: 'orders',
        region: 'eu-central-1',
        account: '111122223333',
        database: { kind: 'instance', id: 'orders', ...database },
        vpc: {
          id: 'vpc-0123456789abcdef0',
          subnets: ['a', 'b'].map((zone, at) => ({ id: `subnet-0123456789abcdef${at}`, zone: `eu-central-1${zone}` })),
        },
        endpointService,
      },
    ]),
    'databases.json',
  )[0];

function warningsFor(database: object): readonly string[] {
  const entry = entryOf(database);
  if (!entry) throw new Error('no entry');
  const stack = new DatabaseStack(createApp(), entry);
  return Annotations.fromStack(stack)
    .findWarning('*', Match.stringLikeRegexp('max_connect_errors'))
    .map((found) => String(found.entry.data));
}

describe('synth', () => {
  test.each([
    [{ port: 3306 }, /guessed from port 3306/],
    [{ port: 5306, engine: 'mysql' }, /MySQL and MariaDB count .* error 1129\. .*docs\/provider\.md#mysql-and-mariadb/],
    [{ port: 3306, engine: 'mariadb' }, /MySQL and MariaDB count/],
    [{ port: 3307, engine: 'aurora-mysql' }, /rds-target doctor checks it/],
  ])('warns of a database that counts health checks: %j', (database, text) => {
    expect(warningsFor(database)).toEqual([expect.stringMatching(text)]);
  });

  test.each([{ port: 5432 }, { port: 3306, engine: 'postgres' }, { port: 1433, engine: 'sqlserver' }])(
    'does not warn of others: %j',
    (database) => {
      expect(warningsFor(database)).toEqual([]);
    },
  );
});

describe('health checks', () => {
  const group = 'AWS::ElasticLoadBalancingV2::TargetGroup';

  test('come as often as the file says', () => {
    const entry = entryOf(
      { port: 5432 },
      { healthCheckIntervalSeconds: 60, healthyThreshold: 3, unhealthyThreshold: 5 },
    );
    if (!entry) throw new Error('no entry');
    const stack = new DatabaseStack(createApp(), entry);
    Template.fromStack(stack).hasResourceProperties(group, {
      HealthCheckIntervalSeconds: 60,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 3,
      UnhealthyThresholdCount: 5,
    });
  });

  test.each([5, 6, 300])('have a time-out below an interval of %s s', (seconds) => {
    const { template } = serviceWith({ healthCheckInterval: Duration.seconds(seconds) });
    template().hasResourceProperties(group, {
      HealthCheckIntervalSeconds: seconds,
      HealthCheckTimeoutSeconds: Math.min(5, seconds - 1),
    });
  });

  test.each([
    ['healthCheckIntervalSeconds', 4, /healthCheckIntervalSeconds.*4.*a whole number from 5 to 300/s],
    ['healthCheckIntervalSeconds', 301, /from 5 to 300/],
    ['healthyThreshold', 1, /from 2 to 10/],
    ['unhealthyThreshold', 11, /from 2 to 10/],
  ])('in the file are bounded: %s %s', (key, value, text) => {
    expect(() => entryOf({ port: 5432 }, { [key]: value })).toThrow(text);
  });

  test('of the construct are bounded, all at once', () => {
    expect(() =>
      serviceWith({ healthCheckInterval: Duration.millis(4500), healthyThreshold: 1, unhealthyThreshold: 2.5 }),
    ).toThrow(
      'healthCheckInterval is 4.5 seconds; allowed: whole seconds from 5 to 300; healthyThreshold is 1; allowed: a whole number from ' +
        '2 to 10; unhealthyThreshold is 2.5; allowed: a whole number from 2 to 10',
    );
  });
});
