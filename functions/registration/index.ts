import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createRegistration } from './handler.ts';

const client = new LambdaClient();
const { ATTEMPTS, HEALTH_ATTEMPTS, PAUSE_MILLISECONDS, AWS_REGION = '', URL_SUFFIX = '' } = process.env;

export const handler = createRegistration(
  (FunctionName, Payload) => client.send(new InvokeCommand({ FunctionName, Payload })),
  {
    attempts: Number(ATTEMPTS),
    healthAttempts: Number(HEALTH_ATTEMPTS),
    pauseMs: Number(PAUSE_MILLISECONDS),
    region: AWS_REGION,
    urlSuffix: URL_SUFFIX,
  },
);
