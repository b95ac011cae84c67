import { describe, expect, test } from 'vitest';
import { environmentOf } from '../../../cli/access/local.ts';
import { functionPrefixOf } from '../../../infra/config/database-entry.ts';
import { configFromEnv } from '../../../lib/settings/config.ts';
import { entriesFrom, exampleEntries, examples, synthesise } from '../examples-rig.ts';

/* `rds-target --local` works without the deployed function: it has to come to the same configuration, and look for the same names. */

type Resource = {
  readonly Properties: { FunctionName?: string; Environment?: { Variables: Record<string, unknown> } };
};

const arn = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/orders/0123456789abcdef';

const everything = entriesFrom([
  {
    name: 'everything',
    namePrefix: 'team',
    account: '111122223333',
    region: 'eu-central-1',
    database: {
      kind: 'cluster',
      id: 'Everything',
      endpoint: 'e.cluster-x.eu-central-1.rds.amazonaws.com',
      port: 5433,
      securityGroupIds: ['sg-0123456789abcdef0', 'sg-0123456789abcdef1'],
    },
    role: 'reader',
    targetGroupArn: arn,
    reconcile: {
      observeOnly: true,
      removeStale: 'never',
      allowedCidrs: ['10.0.0.0/16', 'fd00::/8'],
      watchSeconds: 100,
      settleSeconds: 20,
      recheckMilliseconds: 500,
      dnsServers: ['10.0.0.2', '10.0.0.3:5353'],
      metricsNamespace: 'Team/Databases',
      logLevel: 'DEBUG',
    },
  },
  {
    name: 'member',
    account: '111122223333',
    region: 'eu-central-1',
    database: { kind: 'instance', id: 'everything-1', member: true },
    targetGroupArn: arn.replace('/orders/', '/member/'),
  },
  {
    name: 'custom',
    account: '111122223333',
    region: 'eu-central-1',
    database: { kind: 'cluster', id: 'everything' },
    role: 'custom',
    endpointId: 'reporting',
    targetGroupArn: arn.replace('/orders/', '/custom/'),
    reconcile: { verifyInterfaces: false },
  },
]);

describe('the command and the stack', () => {
  test.each([
    ...examples.map((file) => [file, exampleEntries(file)] as const),
    ['every option at once', everything] as const,
  ])('name the functions alike and configure the core alike: %s', (_, entries) => {
    const { template, stacks } = synthesise(entries);
    for (const [index, entry] of entries.entries()) {
      const functions = Object.values(
        template(stacks[index]?.stackName ?? '').findResources('AWS::Lambda::Function'),
      ) as Resource[];
      const named = (name: string) =>
        functions.find(({ Properties }) => Properties.FunctionName === functionPrefixOf(entry) + name);
      if (entry.access === 'resource-gateway') {
        // Its stack has other functions at most; the command says that there is none to ask.
        expect(named('failover'), entry.name).toBeUndefined();
        continue;
      }
      expect(named('failover'), entry.name).toBeDefined();
      const { TARGET_GROUP_ARN, ...variables } = named('drift')?.Properties.Environment?.Variables ?? {};
      const deployed = Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith('AWS_')));
      const group = typeof TARGET_GROUP_ARN === 'string' ? TARGET_GROUP_ARN : arn;
      expect(configFromEnv(environmentOf(entry, group))).toEqual(
        configFromEnv({ ...(deployed as Record<string, string>), TARGET_GROUP_ARN: group }),
      );
    }
  });
});
