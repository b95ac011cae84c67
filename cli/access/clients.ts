import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { OwnReplyHandler } from '../../lib/adapters/own-reply.ts';

/** Where the clients go, and as whom. Without credentials the SDK's standard chain is used; AWS_ENDPOINT_URL is the SDK's own. */
export type Access = {
  readonly region?: string;
  readonly profile?: string;
  /** For the sandbox. */
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/** With the operator's own credentials. */
export const accessOf = ({ region, profile }: Access): Access => ({ region, profile });

const secondMs = 1000;

/** Lambda gives back six megabytes at most, and CloudWatch Logs a page of one. */
const mostBytes = 8 * 1024 * 1024;

/** Aborts its requests when its client is closed: a command that has failed leaves none in flight, and retries none. */
class ClosableHandler extends OwnReplyHandler {
  readonly #closed = new AbortController();

  override handle(...[request, options]: Parameters<OwnReplyHandler['handle']>) {
    const signals = [this.#closed.signal, options?.abortSignal as AbortSignal | undefined].filter(
      (one) => one !== undefined,
    );
    return super.handle(request, { ...options, abortSignal: AbortSignal.any(signals) });
  }

  override destroy(): void {
    this.#closed.abort();
    super.destroy();
  }
}

/** The constructor argument of every AWS client of the command. `requestSeconds`: how long one answer may take. */
export const clientSettings = (access: Access, requestSeconds = 10) => ({
  ...access,
  maxAttempts: 3,
  // What `--local` registers has to be accepted as surely as what a function does.
  requestHandler: new ClosableHandler({
    connectionTimeout: 3 * secondMs,
    replyMs: requestSeconds * secondMs,
    mostBytes,
  }),
});

/** The clients that the commands use; made when first asked for. */
export type Clients = {
  readonly access: Access;
  lambda(): LambdaClient;
  logs(): CloudWatchLogsClient;
  rds(): RDSClient;
  elbv2(): ElasticLoadBalancingV2Client;
  close(): void;
};

/** A resync confirms what it sees, and may wait for a cold start: Lambda answers when the function has ended. */
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
    close() {
      for (const client of made) client.destroy();
    },
  };
}
