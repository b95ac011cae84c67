import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { boundedClient } from '../../lib/adapters/aws-client.ts';
import { createRegistration } from './handler.ts';

// It waits for a whole run of the drift function; Lambda ends either after 15 minutes.
const client = new LambdaClient(boundedClient({ replyMs: 900_000 }));
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
