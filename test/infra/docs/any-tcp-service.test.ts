import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { expect, test, vi } from 'vitest';
import { databasesFrom } from '../../../infra/config/databases.ts';
import { synthesise } from '../examples-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const doc = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'any-tcp-service.md'), 'utf8');
const snippets = [...doc.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => json);

test('each example of the guide to any TCP service is accepted, and follows a name', () => {
  const entries = databasesFrom(`[${snippets.join()}]`, 'docs/any-tcp-service.md');
  expect(entries.map(({ name, database }) => [name, database.kind])).toEqual(
    ['checkout', 'analytics', 'sessions', 'web'].map((name) => [name, 'hostname']),
  );
});

test('each of them synthesises, clean under AwsSolutions: functions that call no RDS API, and no load balancer', () => {
  const { stacks, template } = synthesise(databasesFrom(`[${snippets.join()}]`, 'docs/any-tcp-service.md'));
  expect(stacks.map(({ stackName }) => stackName)).toEqual(['checkout', 'analytics', 'sessions', 'web']);
  for (const { stackName } of stacks) {
    template(stackName).hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: `${stackName}-drift`,
      Environment: { Variables: Match.objectLike({ DATABASE_KIND: 'hostname', ALLOWED_CIDRS: '10.40.0.0/16' }) },
    });
    template(stackName).resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 0);
    expect(JSON.stringify(template(stackName).findResources('AWS::IAM::Policy'))).not.toContain('rds:');
  }
});

test("the IPv6 range that the guide names for a VPC is accepted, and one that is no VPC's is not", () => {
  const [web = ''] = snippets.slice(-1);
  const withRange = (range: string) => `[${web.replace('10.40.0.0/16', range)}]`;
  const [, range = ''] = /"allowedCidrs": \["([0-9a-f]+:[^"]+)"\]/.exec(doc) ?? [];
  expect(databasesFrom(withRange(range), 'docs')[0]?.reconcile?.allowedCidrs).toEqual([range]);
  expect(() => databasesFrom(withRange('2600::/12'), 'docs')).toThrow(/allowedCidrs/);
});
