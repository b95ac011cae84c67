import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { OwnReplyHandler } from '../../lib/adapters/own-reply.ts';

/** Region, endpoint and credentials of the clients. Without credentials the SDK's standard chain applies; the SDK itself reads AWS_ENDPOINT_URL. */
export type Access = {
  readonly region?: string;
  readonly profile?: string;
  /** For the sandbox. */
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Of each call; 3 when absent. */
  readonly maxAttempts?: number;
};

/** With the operator's own credentials. */
export const accessOf = ({ region, profile }: Access): Access => ({ region, profile });

const secondMs = 1000;

/** Lambda returns at most six megabytes, CloudWatch Logs pages of one. */
const mostBytes = 8 * 1024 * 1024;

/** Aborts its requests when its client is closed: a command that has failed leaves none in flight, and retries none. */
class ClosableHandler extends OwnReplyHandler {
  readonly #closed = new AbortController();

  override handle(...[request, options]: Parameters<OwnReplyHandler['handle']>) {
    const given = options?.abortSignal as AbortSignal | undefined;
    const abortSignal = given ? AbortSignal.any([given, this.#closed.signal]) : this.#closed.signal;
    return super.handle(request, { ...options, abortSignal });
  }

  override destroy(): void {
    this.#closed.abort();
    super.destroy();
  }
}

/** The constructor argument of every AWS client of the command. `requestSeconds`: how long one answer may take. */
export const clientSettings = (access: Access, requestSeconds = 10) => ({
  maxAttempts: 3,
  ...access,
  // With `--local` a change counts only if AWS itself has accepted it, as in the functions.
  requestHandler: new ClosableHandler({
    connectionTimeout: 3 * secondMs,
    replyMs: requestSeconds * secondMs,
    mostBytes,
  }),
});

/** The clients of the commands, each created on first use. */
export type Clients = {
  readonly access: Access;
  lambda(): LambdaClient;
  logs(): CloudWatchLogsClient;
  rds(): RDSClient;
  elbv2(): ElasticLoadBalancingV2Client;
  ec2(): EC2Client;
  close(): void;
};

/** Lambda answers when the function has ended: a resync confirms what it sees, perhaps after a cold start. */
const longestInvocationSeconds = 900;

export function createClients(access: Access): Clients {
  const made: { destroy(): void }[] = [];
  const once = <T extends { destroy(): void }>(make: () => T) => {
    let client: T | undefined;
    return () => {
      client ??= make();
      if (!made.includes(client)) made.push(client);
      return client;
    };
  };
  return {
    access,
    lambda: once(() => new LambdaClient(clientSettings(access, longestInvocationSeconds))),
    logs: once(() => new CloudWatchLogsClient(clientSettings(access))),
    rds: once(() => new RDSClient(clientSettings(access))),
    elbv2: once(() => new ElasticLoadBalancingV2Client(clientSettings(access))),
    ec2: once(() => new EC2Client(clientSettings(access))),
    close() {
      for (const client of made) client.destroy();
    },
  };
}
