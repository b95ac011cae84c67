import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { RDSClient } from '@aws-sdk/client-rds';
import { boundedClient } from '../../lib/adapters/aws-client.ts';
import { createElbv2TargetGroup } from '../../lib/adapters/elbv2-target-group.ts';
import { checkOwn } from '../../lib/adapters/own-reply.ts';
import { createRdsTopology } from '../../lib/adapters/rds-topology.ts';
import type { Database } from '../../lib/domain.ts';
import { elbv2Namespace, wrap } from './xml.ts';

export type Reply = { readonly status: number; readonly body: string };

type RequestHandler = {
  handle(request: { readonly body?: unknown }): Promise<{
    readonly response: { statusCode: number; headers: Record<string, string>; body: Uint8Array };
  }>;
};
const encoder = new TextEncoder();

const groupArn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';

/** Of a client whose calls are answered here. */
export const clientSettings = (handle: RequestHandler['handle']) => ({
  ...boundedClient(),
  requestHandler: { handle },
  region: 'eu-central-1',
  endpoint: 'http://127.0.0.1:1',
  credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  // No server checks the signature, and it would cost a quarter of the time.
  signer: { sign: async <T>(request: T) => request },
});

/** One API endpoint that answers each call of an action with what is set for it; other actions succeed. */
export type Api = {
  readonly replies: Map<string, () => Reply>;
  /** What was said about the targets of the group. */
  readonly listings: string[];
  /** The forms of the calls that change something. */
  readonly changes: URLSearchParams[];
  readonly adapters: (database: Database) => {
    readonly topology: ReturnType<typeof createRdsTopology>;
    readonly targetGroup: ReturnType<typeof createElbv2TargetGroup>;
  };
  close(): void;
};

/**
 * No socket: what is tried is what is made of a reply, and the SDK makes the same of these bytes as of those that came over one.
 * Replies over real connections are tried in test/wire.
 */
export function createApi(): Api {
  const replies = new Map<string, () => Reply>();
  const listings: string[] = [];
  const changes: URLSearchParams[] = [];
  const handle: RequestHandler['handle'] = async (request) => {
    const form = new URLSearchParams(String(request.body ?? ''));
    const action = form.get('Action') ?? '';
    if (!action.startsWith('Describe')) changes.push(form);
    const { status, body } = replies.get(action)?.() ?? {
      status: 200,
      body: wrap(action, elbv2Namespace, ''),
    };
    // As it is read: half a character has no bytes of its own, and XML knows one end of a line only ("End-of-Line Handling" in XML 1.0).
    if (action === 'DescribeTargetHealth') listings.push(body.toWellFormed().replace(/\r\n?/g, '\n'));
    const headers = { 'content-type': 'text/xml' };
    const bytes = encoder.encode(body);
    checkOwn(request, status, bytes);
    return { response: { statusCode: status, headers, body: bytes } };
  };
  // What is read is the matter here, not how often it is asked for.
  const settings = { ...clientSettings(handle), maxAttempts: 1 };
  const rds = new RDSClient(settings);
  const elbv2 = new ElasticLoadBalancingV2Client(settings);
  return {
    replies,
    listings,
    changes,
    adapters: (database) => ({
      topology: createRdsTopology(rds, database),
      targetGroup: createElbv2TargetGroup(elbv2, groupArn),
    }),
    close() {
      rds.destroy();
      elbv2.destroy();
    },
  };
}
