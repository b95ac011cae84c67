import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { RDSClient } from '@aws-sdk/client-rds';
import { boundedClient } from '../../lib/adapters/aws-client.ts';
import { createElbv2TargetGroup } from '../../lib/adapters/elbv2-target-group.ts';
import { createRdsTopology } from '../../lib/adapters/rds-topology.ts';
import type { Database } from '../../lib/domain.ts';

export type Reply = { readonly status: number; readonly body: string };

export const groupArn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';

/** One API endpoint that answers each call of an action with what is set for it; other actions succeed. */
export type Api = {
  readonly replies: Map<string, Reply>;
  /** The forms of the calls that change something. */
  readonly changes: URLSearchParams[];
  readonly adapters: (database: Database) => {
    readonly topology: ReturnType<typeof createRdsTopology>;
    readonly targetGroup: ReturnType<typeof createElbv2TargetGroup>;
  };
  close(): Promise<void>;
};

export async function createApi(): Promise<Api> {
  const replies = new Map<string, Reply>();
  const changes: URLSearchParams[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const action = form.get('Action') ?? '';
    if (!action.startsWith('Describe')) changes.push(form);
    const { status, body } = replies.get(action) ?? {
      status: 200,
      body: `<${action}Response><${action}Result/></${action}Response>`,
    };
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const settings = {
    ...boundedClient(),
    // What is read is the matter here, not how often it is asked for.
    maxAttempts: 1,
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  };
  const rds = new RDSClient(settings);
  const elbv2 = new ElasticLoadBalancingV2Client(settings);
  return {
    replies,
    changes,
    adapters: (database) => ({
      topology: createRdsTopology(rds, database),
      targetGroup: createElbv2TargetGroup(elbv2, groupArn),
    }),
    async close() {
      rds.destroy();
      elbv2.destroy();
      await end(server);
    },
  };
}

const end = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
