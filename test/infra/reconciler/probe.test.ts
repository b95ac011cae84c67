import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { App, Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, test } from 'vitest';
import { Placement } from '../../../infra/placement/placement.ts';
import { FollowedDatabase } from '../../../infra/reconciler/followed-database.ts';
import type { ProbeProps } from '../../../infra/reconciler/probe.ts';
import { configFromEnv } from '../../../lib/settings/config.ts';
import { account, addReconciler, functionOf, newStack, region, resolved, resourcesOf } from '../reconciler-rig.ts';

const secretArn = `arn:aws:secretsmanager:${region}:${account}:secret:orders/probe-AbCdEf`;
const keyArn = `arn:aws:kms:${region}:${account}:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9`;
const instance = FollowedDatabase.instance({ instanceIdentifier: 'orders' });

type Over = Partial<Omit<ProbeProps, 'databaseSecurityGroup' | 'secret'>> & { readonly secretKey?: boolean };

const secretOf = (stack: Stack, secretKey?: boolean) =>
  Secret.fromSecretAttributes(stack, 'Secret', {
    secretCompleteArn: secretArn,
    encryptionKey: secretKey ? Key.fromKeyArn(stack, 'Key', keyArn) : undefined,
  });

function probing(
  { secretKey, ...over }: Over = {},
  database: FollowedDatabase = instance,
  stack: Stack = newStack(),
): { stack: Stack; template: Template } {
  const vpc = new Vpc(stack, 'Vpc', { subnetConfiguration: [{ name: 'isolated', subnetType: 'Isolated' as never }] });
  const probe: ProbeProps = {
    login: 'iam',
    databaseSecurityGroup: SecurityGroup.fromSecurityGroupId(stack, 'Database', 'sg-0123456789abcdef0'),
    port: 5432,
    ...over,
    ...(over.login === 'secret' ? { secret: secretOf(stack, secretKey) } : {}),
  };
  addReconciler(stack, { database, vpc, placement: Placement.insideVpc({ vpc, endpoints: 'create' }), probe });
  return { stack, template: Template.fromStack(stack) };
}

type Statement = {
  readonly Sid?: string;
  readonly Action: unknown;
  readonly Resource: unknown;
  readonly Condition?: unknown;
};

const statements = (template: Template, sids: RegExp): Statement[] =>
  resourcesOf(template, 'AWS::IAM::Policy')
    .filter(([id]) => id.startsWith('ReconcilerDrift'))
    .flatMap(([, { Properties }]) => resolved(Properties.PolicyDocument.Statement) as Statement[])
    .filter(({ Sid = '' }) => sids.test(Sid));

const ofProbe = /Probe/;
const dbuser = `arn:aws:rds-db:${region}:${account}:dbuser`;

describe('what the functions may do for a probe', () => {
  test.each<[string, FollowedDatabase, string]>([
    ['an instance', instance, `${dbuser}:db-*/rds_target_probe`],
    ['a cluster', FollowedDatabase.cluster({ clusterIdentifier: 'orders' }), `${dbuser}:cluster-*/rds_target_probe`],
    [
      "a cluster's member",
      FollowedDatabase.instance({ instanceIdentifier: 'orders-1', member: true }),
      `${dbuser}:cluster-*/rds_target_probe`,
    ],
  ])('by IAM is to log in to %s as exactly one user', (_, database, resource) => {
    expect(statements(probing({}, database).template, ofProbe)).toEqual([
      { Sid: 'LogInAsProbe', Effect: 'Allow', Action: 'rds-db:connect', Resource: resource },
    ]);
  });

  test('by IAM follows the name of the user, and the resource id where one is given', () => {
    const [statement] = statements(probing({ user: 'prober', resourceId: 'db-ABC123' }).template, ofProbe);
    expect(statement?.Resource).toBe(`${dbuser}:db-ABC123/prober`);
  });

  test('by a secret is to read exactly that one', () => {
    expect(statements(probing({ login: 'secret' }).template, ofProbe)).toEqual([
      { Sid: 'ReadProbeSecret', Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secretArn },
    ]);
  });

  test('with a key of your own is to decrypt that secret with it, through Secrets Manager alone', () => {
    const [, decrypt] = statements(probing({ login: 'secret', secretKey: true }).template, ofProbe);
    expect(decrypt).toEqual({
      Sid: 'DecryptProbeSecret',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: keyArn,
      Condition: {
        StringEquals: {
          'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
          'kms:EncryptionContext:SecretARN': secretArn,
        },
      },
    });
  });

  test('without a login is nothing, and neither is it without a probe', () => {
    expect(statements(probing({ login: 'connect' }).template, ofProbe)).toEqual([]);
    const stack = newStack();
    addReconciler(stack);
    expect(statements(Template.fromStack(stack), ofProbe)).toEqual([]);
  });
});

describe('the way of a probe', () => {
  test('is one rule to the database on its port, on both sides, before the first registration', () => {
    const { template } = probing({ port: 6432 });
    const ingress = resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').filter(
      ([, { Properties }]) => Properties.GroupId === 'sg-0123456789abcdef0',
    );
    expect(
      ingress.map(([, { Properties }]) => [Properties.IpProtocol, Properties.FromPort, Properties.ToPort]),
    ).toEqual([['tcp', 6432, 6432]]);
    const egress = resourcesOf(template, 'AWS::EC2::SecurityGroupEgress').filter(
      ([, { Properties }]) => Properties.DestinationSecurityGroupId === 'sg-0123456789abcdef0',
    );
    expect(egress.map(([, { Properties }]) => [Properties.FromPort, Properties.ToPort])).toEqual([[6432, 6432]]);
    const [functions] = resourcesOf(template, 'AWS::EC2::SecurityGroup').filter(([id]) =>
      /^ReconcilerSecurity/.test(id),
    );
    expect(ingress[0]?.[1].Properties.SourceSecurityGroupId).toEqual({ 'Fn::GetAtt': [functions?.[0], 'GroupId'] });
    const [[, registration] = []] = resourcesOf(template, 'Custom::FirstRegistration');
    for (const [id] of [...ingress, ...egress]) expect(registration?.DependsOn).toContain(id);
  });

  const endpoints = (template: Template) =>
    resourcesOf(template, 'AWS::EC2::VPCEndpoint').map(([id]) =>
      id.replace(/^Reconciler(\w+?)Endpoint[0-9A-F]{8}$/, '$1'),
    );

  test('leads to Secrets Manager by an endpoint of its own, for a secret alone', () => {
    const withSecret = probing({ login: 'secret', secretKey: true }).template;
    expect(endpoints(withSecret).sort()).toEqual(['Ec2', 'ElasticLoadBalancing', 'Rds', 'SecretsManager']);
    expect(Object.keys(functionOf(withSecret, 'Drift').Properties.Environment.Variables)).toContain(
      'AWS_ENDPOINT_URL_SECRETS_MANAGER',
    );
    expect(endpoints(probing().template).sort()).toEqual(['Ec2', 'ElasticLoadBalancing', 'Rds']);
  });

  test('begins inside the VPC: elsewhere synth refuses it with the reason', () => {
    const stack = newStack();
    const databaseSecurityGroup = SecurityGroup.fromSecurityGroupId(stack, 'Database', 'sg-0123456789abcdef0');
    expect(() => addReconciler(stack, { probe: { login: 'iam', databaseSecurityGroup, port: 5432 } })).toThrow(
      /probe is given without a placement; allowed: .*as from outside the VPC the functions cannot reach the database/,
    );
  });
});

describe('the settings of a probe', () => {
  const configOf = (template: Template) =>
    configFromEnv({
      ...functionOf(template, 'Drift').Properties.Environment.Variables,
      ALLOWED_CIDRS: '10.0.0.0/16',
    }).probe;

  test('reach the functions as they were given', () => {
    expect(configOf(probing().template)).toEqual({ login: 'iam', user: 'rds_target_probe' });
    expect(configOf(probing({ user: 'prober', database: 'orders' }).template)).toEqual({
      login: 'iam',
      user: 'prober',
      database: 'orders',
    });
    expect(configOf(probing({ login: 'secret' }).template)).toMatchObject({ login: 'secret', secretArn });
  });

  test.each<[string, FollowedDatabase, Over, RegExp]>([
    [
      'SQL Server',
      FollowedDatabase.instance({ instanceIdentifier: 'orders', engine: 'sqlserver-ee' }),
      {},
      /probe\.login is "iam"; allowed: "connect" for sqlserver-ee: the functions log in to PostgreSQL, MySQL and MariaDB/,
    ],
    [
      'a cluster without a login',
      FollowedDatabase.cluster({ clusterIdentifier: 'orders' }),
      { login: 'connect' },
      /probe\.login is "connect"; allowed: "iam" or "secret" for a cluster: only a login tells which member is the writer/,
    ],
  ])('are refused for %s', (_, database, over, message) => {
    expect(() => probing(over, database)).toThrow(message);
  });

  test('are refused as the functions would refuse them', () => {
    const database = FollowedDatabase.hostname({ hostname: 'db.example.com', port: 5432 });
    expect(() => probing({ login: 'connect' }, database)).toThrow(/PROBE is "connect"; allowed: off for a host name/);
    expect(() => probing({ resourceId: '*' })).toThrow(/probe\.resourceId is "\*"; allowed: RDS's resource id/);
    expect(() => probing({ resourceId: Fn.importValue('ResourceId') })).not.toThrow();
    expect(() => probing({ user: '*' })).toThrow(/PROBE_USER is "\*"; allowed: a database user/);
    expect(() => probing({ login: 'connect', database: 'orders' })).toThrow(
      /PROBE_DATABASE is "orders"; allowed: nothing/,
    );
  });
});

describe('the root certificates', () => {
  /** The file beside the bundle, as it is deployed; undefined where there is none. */
  function staged(over: Over | undefined, env?: { region: string; account: string }): string | undefined {
    const app = new App();
    const stack = new Stack(app, 'orders', { env });
    if (over) probing(over, instance, stack);
    else addReconciler(stack);
    const { directory } = app.synth();
    const { S3Key } = functionOf(Template.fromStack(stack), 'Drift').Properties.Code;
    try {
      const asset = join(directory, `asset.${String(S3Key).replace('.zip', '')}`);
      expect(readFileSync(join(asset, 'index.mjs'), 'utf8')).toContain('handler');
      return readFileSync(join(asset, 'rds-roots.pem'), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  const count = (pem: string | undefined) => pem?.match(/BEGIN CERTIFICATE/g)?.length;

  test("of the stack's Region lie beside the bundle of a probe, whichever its login", () => {
    for (const login of ['iam', 'connect', 'secret'] as const)
      expect(count(staged({ login }, { region, account }))).toBe(3);
  });

  test('of every Region do where the Region is not known at synth', () => {
    expect(count(staged({}))).toBeGreaterThan(70);
  });

  test('come without a probe to no function', () => {
    expect(staged(undefined, { region, account })).toBeUndefined();
  });

  test('may be your own, and have to be certificates', () => {
    const [own, none] = ['dist/package/rds-roots.pem', 'package.json'].map((file) => join(process.cwd(), file));
    expect(count(staged({ rootsFile: own }, { region: 'mx-central-1', account }))).toBeGreaterThan(70);
    expect(() => staged({ rootsFile: 'nowhere.pem' }, { region, account })).toThrow(
      /nowhere\.pem holds no certificate/,
    );
    expect(() => staged({ rootsFile: none }, { region, account })).toThrow(
      /package\.json holds no certificate; allowed: a PEM/,
    );
  });

  test('that are not known stop the synth, with where to get them', () => {
    expect(() => staged({}, { region: 'mx-central-1', account })).toThrow(
      'no root certificate of RDS in mx-central-1 is known to this version; allowed: probe.rootsFile, a PEM file that you download from ' +
        'https://truststore.pki.rds.amazonaws.com/mx-central-1/mx-central-1-bundle.pem',
    );
  });
});
