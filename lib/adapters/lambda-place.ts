import { GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { read } from '../doctor/reading.ts';
import type { Instruments, Place } from '../doctor/surroundings.ts';

/** Where a function runs, through the Lambda API: nothing inside an execution environment says so. */
export const createLambdaPlace = (client: LambdaClient, abortSignal?: AbortSignal): Pick<Instruments, 'place'> => ({
  place: (functionArn) =>
    read('lambda:GetFunctionConfiguration', async (): Promise<Place> => {
      const command = new GetFunctionConfigurationCommand({ FunctionName: functionArn });
      const { VpcConfig, FunctionArn } = await client.send(command, { abortSignal });
      // Without it the reply is not this function's, and a missing VPC would mean nothing.
      if (!FunctionArn) throw new Error('GetFunctionConfiguration gave no function');
      if (FunctionArn !== functionArn) throw new Error(`GetFunctionConfiguration gave ${FunctionArn}`);
      const { VpcId, SubnetIds = [], SecurityGroupIds = [] } = VpcConfig ?? {};
      return VpcId ? { kind: 'vpc', subnetIds: SubnetIds, securityGroupIds: SecurityGroupIds } : { kind: 'outside' };
    }),
});
