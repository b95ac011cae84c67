import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { NetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { describe, expect, test, vi } from 'vitest';
import { Placement } from '../../../infra/placement/placement.ts';
import { bundleDirectory } from '../../../infra/reconciler/bundles.ts';
import {
  addReconciler,
  newStack,
  reconcilerTemplate,
  resource,
  resourcesOf,
  targetGroupArn,
} from '../reconciler-rig.ts';

const registration = (template: Template) => resource(template, 'Custom::FirstRegistration', 'Reconciler')[1];

describe('in the template, the registration', () => {
  test('comes after everything else of the reconciler: permissions, rules, functions and queue', () => {
    const template = reconcilerTemplate();
    const { DependsOn = [] } = registration(template);
    const others = resourcesOf(template).filter(([, { Type }]) => Type !== 'Custom::FirstRegistration');
    expect([...DependsOn].sort()).toEqual(others.map(([id]) => id).sort());
  });

  test('lets nothing else wait', () => {
    const template = reconcilerTemplate();
    const [handler] = resource(template, 'AWS::Lambda::Function', 'ReconcilerFirstRegistration');
    const waiting = resourcesOf(template).filter(([, { DependsOn }]) => DependsOn?.includes(handler));
    expect(waiting.map(([, { Type }]) => Type)).toEqual(['Custom::FirstRegistration']);
  });

  test('comes after the interface endpoints and their rules, where there are any', () => {
    const template = reconcilerTemplate((stack) => ({
      placement: Placement.insideVpc({ vpc: new Vpc(stack, 'Vpc', { natGateways: 0 }), endpoints: 'create' }),
    }));
    const needed = resourcesOf(template).filter(
      ([id, { Type }]) => id.startsWith('Reconciler') && Type.startsWith('AWS::EC2::'),
    );
    expect(needed).toHaveLength(7);
    expect(registration(template).DependsOn).toEqual(expect.arrayContaining(needed.map(([id]) => id)));
  });

  test('is answered within its time, or CloudFormation gives up', () => {
    const template = reconcilerTemplate();
    const [, { Properties }] = resource(template, 'AWS::Lambda::Function', 'ReconcilerFirstRegistration');
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 256,
      Timeout: 900,
    });
    expect(registration(template).Properties.ServiceTimeout).toBe('960');
  });

  test.each([
    [
      'waits for a healthy target in a group of others, which may have no load balancer',
      {},
      `theirs orders writer ${targetGroupArn}`,
    ],
    ['waits for nothing where the functions only observe', { observeOnly: true }, undefined],
    [
      'has nothing to wait for again when other settings change',
      { logLevel: 'DEBUG' as const },
      `theirs orders writer ${targetGroupArn}`,
    ],
  ])('%s', (_, props, health) => {
    expect(registration(reconcilerTemplate(props)).Properties.Environment.HEALTH).toBe(health);
  });

  test('waits for at least six minutes, and ends before its own time is over', () => {
    const [, { Properties }] = resource(reconcilerTemplate(), 'AWS::Lambda::Function', 'ReconcilerFirstRegistration');
    const { ATTEMPTS, HEALTH_ATTEMPTS, PAUSE_MILLISECONDS } = Properties.Environment.Variables;
    const waitsMs = HEALTH_ATTEMPTS * PAUSE_MILLISECONDS;
    expect(waitsMs).toBeGreaterThanOrEqual(6 * 60_000);
    // Each attempt to register lasts as long as a check of the drift function with the default settings.
    expect(ATTEMPTS * (56_000 + Number(PAUSE_MILLISECONDS)) + waitsMs).toBeLessThan(900_000);
  });

  test('is left out when it is not wanted', () => {
    const template = reconcilerTemplate({ registerAtDeployment: false });
    expect(resourcesOf(template, 'Custom::FirstRegistration')).toEqual([]);
    expect(resourcesOf(template, 'AWS::Lambda::Function')).toHaveLength(2);
  });

  test('is the same for the same configuration', () => {
    expect(registration(reconcilerTemplate())).toEqual(registration(reconcilerTemplate()));
  });

  test.each([
    ['the configuration', { targetPort: 6432 }],
    ['the target group', { targetGroupArn: targetGroupArn.replace('orders', 'invoices') }],
  ])('changes, and so runs again, with %s', (_, props) => {
    expect(registration(reconcilerTemplate(props)).Properties).not.toEqual(
      registration(reconcilerTemplate()).Properties,
    );
  });

  test('changes with the placement', () => {
    const placed = (group: string) =>
      reconcilerTemplate((stack) => ({
        placement: Placement.insideVpc({
          vpc: new Vpc(stack, 'Vpc', { natGateways: 0 }),
          endpoints: 'existing',
          securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'Group', group),
        }),
      }));
    const { Properties } = registration(placed('sg-0123456789abcdef0'));
    expect(Properties.SecurityGroups).toEqual(['sg-0123456789abcdef0']);
    expect(Properties.Subnets).toHaveLength(2);
  });

  test('sees a target group of the same app by the ARN that the deployment gives it', () => {
    const stack = newStack();
    const targetGroup = new NetworkTargetGroup(stack, 'Group', { vpc: new Vpc(stack, 'Vpc'), port: 5432 });
    addReconciler(stack, { targetGroup });
    expect(registration(Template.fromStack(stack)).Properties.Environment.TARGET_GROUP_ARN).toEqual({
      Ref: stack.getLogicalId(targetGroup.node.defaultChild as never),
    });
  });

  test('knows how the names of AWS end in its partition', () => {
    const [, { Properties }] = resource(reconcilerTemplate(), 'AWS::Lambda::Function', 'ReconcilerFirstRegistration');
    expect(Properties.Environment.Variables.URL_SUFFIX).toEqual({ Ref: 'AWS::URLSuffix' });
  });

  test('is deployed as it was built, and answers CloudFormation alone', async () => {
    const [, { Properties }] = resource(reconcilerTemplate(), 'AWS::Lambda::Function', 'ReconcilerFirstRegistration');
    expect(Properties).toMatchObject({ Code: { S3Key: expect.any(String) }, Handler: 'index.handler' });
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('URL_SUFFIX', 'amazonaws.com');
    const { handler } = await import(join(bundleDirectory('registration'), 'index.mjs'));
    vi.unstubAllEnvs();
    await expect(handler({ ResponseURL: 'https://evil.example.com/' })).rejects.toThrow(
      'allowed: https://cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com',
    );
  });
});
