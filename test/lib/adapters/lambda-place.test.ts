import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { createLambdaPlace } from '../../../lib/adapters/lambda-place.ts';
import { known } from '../../../lib/doctor/reading.ts';
import { expectCut, mocked, region, run } from './mocks.ts';

const lambda = mocked(LambdaClient);

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
