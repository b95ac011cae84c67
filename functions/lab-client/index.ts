import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { boundedClient } from '../../lib/adapters/aws-client.ts';
import { createSecret } from '../../lib/adapters/prober/secret.ts';
import { createLabClient } from './client.ts';

const { LOGIN_SECRET_ARN: arn = '', SERVER_NAMES: names = '', PGSSLROOTCERT: caFile } = process.env;
const { read } = createSecret(new ElasticLoadBalancingV2Client(boundedClient()), process.env, { arn, user: '' });

export const handler = createLabClient({ login: read, serverNames: names.split(','), caFile });
