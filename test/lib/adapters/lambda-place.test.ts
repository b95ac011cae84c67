import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createLambdaPlace } from '../../../lib/adapters/lambda-place.ts';
import { known } from '../../../lib/doctor/reading.ts';

const region = { region: 'eu-central-1' };

const run = new AbortController().signal;

const lambda = mockClient(LambdaClient);
beforeEach(() => void lambda.reset());
afterAll(() => lambda.restore());

/** Every call of a run is cut when the run is. */
const expectCut = (calls: readonly { args: unknown[] }[]) => {
  expect(calls.length).toBeGreaterThan(0);
  for (const { args } of calls) expect(args[1]).toEqual({ abortSignal: run });
};

describe('the place of a function', () => {
  const place = (arn: string) => createLambdaPlace(new LambdaClient(region), run).place(arn);
  const reply = (VpcConfig?: object) =>
    lambda
      .on(GetFunctionConfigurationCommand, { FunctionName: 'arn' })
      .resolves({ FunctionArn: 'arn', ...(VpcConfig ? { VpcConfig } : {}) });

  test('is in a VPC, or outside of any', async () => {
    reply({ VpcId: 'vpc-1', SubnetIds: ['s1'], SecurityGroupIds: ['sg-1'] });
    expect(await place('arn')).toEqual(known({ kind: 'vpc', subnetIds: ['s1'], securityGroupIds: ['sg-1'] }));
    reply({ VpcId: 'vpc-1' });
    expect(await place('arn')).toEqual(known({ kind: 'vpc', subnetIds: [], securityGroupIds: [] }));
    for (const outside of [undefined, { VpcId: '', SubnetIds: [] }]) {
      reply(outside);
      expect(await place('arn')).toEqual(known({ kind: 'outside' }));
    }
    expectCut(lambda.calls());
  });

  test('is not "outside" because an answer says nothing', async () => {
    lambda.on(GetFunctionConfigurationCommand).resolves({});
    expect(await place('arn')).toEqual({
      kind: 'unreadable',
      action: 'lambda:GetFunctionConfiguration',
      message: 'Error: GetFunctionConfiguration gave no function',
    });
  });
});
