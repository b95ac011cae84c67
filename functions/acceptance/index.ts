import { EC2Client } from '@aws-sdk/client-ec2';
import { boundedClient } from '../../lib/adapters/aws-client.ts';
import { acceptanceFromEnv } from './configuration.ts';
import { createAcceptance } from './handler.ts';

export const handler = createAcceptance(new EC2Client(boundedClient()), acceptanceFromEnv(process.env));
