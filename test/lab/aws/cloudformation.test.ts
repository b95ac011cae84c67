import { describe, expect, test } from 'vitest';
import { createCalls } from '../../../lab/aws/calls.ts';
import { createCloudFormation } from '../../../lab/aws/cloudformation.ts';
import { apiServer, failed, wrapped } from './api.ts';

/* CloudFormation, on the wire. */

type Answers = Readonly<Record<string, (page: string | null) => readonly [number, string]>>;

async function cloudFormation(answers: Answers) {
  const access = await apiServer((body) => {
    const params = new URLSearchParams(body);
    const action = params.get('Action') ?? '';
    return answers[action]?.(params.get('NextToken')) ?? [400, failed('InvalidAction', action)];
  });
  return createCloudFormation(createCalls(access, {}));
}

const ok = (action: string, result: string) => [200, wrapped(action, result)] as const;
const member = (fields: Readonly<Record<string, string>>) =>
  `<member>${Object.entries(fields)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('')}</member>`;
/** In two pages. */
const pages = (action: string, list: string, first: string, second: string) => (page: string | null) =>
  ok(action, `<${list}>${page ? second : first}</${list}>${page ? '' : '<NextToken>2</NextToken>'}`);

const stack = `<Stacks>${member({
  StackStatus: 'DELETE_FAILED',
  Outputs: member({ OutputKey: 'ClientFunction', OutputValue: 'lab-l1-client' }),
})}</Stacks>`;

describe('a stack', () => {
  test('has a status and outputs', async () => {
    const { status, outputs } = await cloudFormation({ DescribeStacks: () => ok('DescribeStacks', stack) });
    expect(await status('lab')).toBe('DELETE_FAILED');
    expect(await outputs('lab')).toEqual({ ClientFunction: 'lab-l1-client' });
  });

  test('that does not exist has none; any other refusal is an error', async () => {
    const refusing = (message: string) =>
      cloudFormation({ DescribeStacks: () => [400, failed('ValidationError', message)] });
    expect(await (await refusing('Stack with id lab does not exist')).status('lab')).toBeUndefined();
    await expect((await refusing('Stack name is too long')).status('lab')).rejects.toThrow('Stack name is too long');
    const empty = await cloudFormation({ DescribeStacks: () => ok('DescribeStacks', '<Stacks/>') });
    await expect(empty.status('lab')).rejects.toThrow('DescribeStacks gave no stack lab');
  });

  test('tells what failed at its resources, the first one first, from every page', async () => {
    const event = (LogicalResourceId: string, ResourceStatus: string, ResourceType = 'AWS::EC2::VPCEndpointService') =>
      member({ LogicalResourceId, ResourceStatus, ResourceType, ResourceStatusReason: `of ${LogicalResourceId}` });
    const { failures } = await cloudFormation({
      DescribeStackEvents: pages(
        'DescribeStackEvents',
        'StackEvents',
        event('lab', 'DELETE_FAILED', 'AWS::CloudFormation::Stack') + event('Second', 'DELETE_FAILED'),
        event('Other', 'DELETE_COMPLETE') + event('First', 'CREATE_FAILED'),
      ),
    });
    expect(await failures('lab')).toEqual([
      { resource: 'First', status: 'CREATE_FAILED', reason: 'of First' },
      { resource: 'Second', status: 'DELETE_FAILED', reason: 'of Second' },
    ]);
  });

  test('has resources of a type; no list is no answer', async () => {
    const type = 'AWS::ElasticLoadBalancingV2::TargetGroup';
    const resource = (ResourceType: string, PhysicalResourceId: string) => member({ ResourceType, PhysicalResourceId });
    const { resources } = await cloudFormation({
      ListStackResources: pages(
        'ListStackResources',
        'StackResourceSummaries',
        resource(type, 'arn:one') + resource('AWS::IAM::Role', 'role'),
        resource(type, 'arn:two'),
      ),
    });
    expect(await resources('lab', type)).toEqual(['arn:one', 'arn:two']);
    const silent = await cloudFormation({ ListStackResources: () => ok('ListStackResources', '') });
    await expect(silent.resources('lab', type)).rejects.toThrow('gave no list of StackResourceSummaries');
  });
});
