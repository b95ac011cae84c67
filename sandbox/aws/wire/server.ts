import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { SandboxClock } from '../../world/clock.ts';
import { type Journal, keep } from '../../world/journal.ts';
import { listenLocally, reset } from '../../world/sockets.ts';
import { createBuckets, createDispatcher, type Unanswered, type Verdict } from './dispatch.ts';
import type { Faults } from './faults.ts';
import { type HttpRequest, type Reply, readHttp } from './http.ts';
import { createJsonDispatcher, type JsonService } from './json.ts';
import type { Permissions } from './permissions.ts';
import { queryRequest, type Service } from './query.ts';

/** One call of the API, as the server saw it. */
export type ApiCall = {
  /** When it arrived: wall clock, ms since the epoch. */
  readonly at: number;
  readonly action: string;
  /** Flat keys as on the wire, without `Action` and `Version`. */
  readonly params: Readonly<Record<string, string>>;
  /** `ok`, the code of the error, or the fault that left the caller without an answer (`hang`, `reset`, …). */
  readonly outcome: string;
  /** Wall ms until it was answered, or until it was left without an answer. */
  readonly durationMs: number;
};

export type QueryServer = {
  /** For `endpoint` of an SDK, `--endpoint-url` of the AWS CLI, `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** The latest calls, a hundred thousand at most, in the order in which they ended. */
  calls(): readonly ApiCall[];
  /** Ends every connection, hanging ones too. */
  close(): Promise<void>;
};

export type RegionalServices = {
  readonly services: readonly Service[];
  readonly jsonServices: readonly JsonService[];
};

export type QueryServerOptions = {
  readonly services: readonly Service[];
  /** Services of AWS's JSON protocols, at the same address. */
  readonly jsonServices?: readonly JsonService[];
  /** The Region of these services, and the services of another one: AWS serves the Region that the caller signed for. */
  readonly regions?: { readonly home: string; readonly elsewhere: (region: string) => RegionalServices };
  readonly faults: Faults;
  /** What the functions' role may not do; everything is allowed when absent. */
  readonly permissions?: Permissions;
  /** Answers requests that are no calls of AWS; undefined for calls of AWS. */
  readonly controls?: (http: HttpRequest) => Reply | undefined;
  readonly clock: SandboxClock;
  readonly journal: Journal;
  /** Wall ms added to every call; default 0. */
  readonly latencyMs?: number;
  /** AWS's token buckets (see dispatch.ts); default true. */
  readonly throttling?: boolean;
};

// Longer than any client keeps an idle connection: a server that closes first makes a race that looks like a fault.
const keepAliveMs = 300_000;

function answer(response: ServerResponse, requestId: string, verdict: Verdict) {
  if (verdict.kind !== 'reply') return leaveAlone(response, verdict.kind);
  const { status, body, headers } = verdict.reply;
  response.writeHead(status, {
    'content-type': 'text/xml',
    'content-length': Buffer.byteLength(body),
    'x-amzn-RequestId': requestId,
    ...headers,
  });
  response.end(body);
}

function leaveAlone(response: ServerResponse, kind: Unanswered): void {
  switch (kind) {
    case 'hang':
      return;
    case 'reset':
      if (response.socket) reset(response.socket);
      return;
    case 'trickle': {
      const timer = setInterval(() => response.write(' '), 1000);
      response.once('close', () => clearInterval(timer));
      return;
    }
    case 'endless':
      Readable.from(spaces()).pipe(response);
  }
}

function* spaces() {
  for (;;) yield Buffer.alloc(64 * 1024, ' ');
}

/** Waits (wall ms) that never end once they are cancelled, so that a call in progress has no effect after `close`. */
function createWaits() {
  const timers = new Set<NodeJS.Timeout>();
  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      if (ms === 0) return resolve();
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });
  const cancelAll = () => {
    for (const timer of timers) clearTimeout(timer);
  };
  return { wait, cancelAll };
}

/** Services of the AWS Query and JSON protocols behind one address on 127.0.0.1, where AWS has an endpoint for each. */
export async function createQueryServer(options: QueryServerOptions): Promise<QueryServer> {
  const {
    services,
    jsonServices = [],
    faults,
    permissions,
    clock,
    journal,
    latencyMs = 0,
    throttling = true,
  } = options;
  const calls: ApiCall[] = [];
  const { wait, cancelAll } = createWaits();
  const dispatchers = ({ services, jsonServices }: RegionalServices) => ({
    query: createDispatcher({
      services,
      faults,
      permissions,
      buckets: throttling ? createBuckets(clock) : undefined,
      wait,
    }),
    json: createJsonDispatcher({ services: jsonServices, faults, permissions, wait }),
  });
  const home = dispatchers({ services, jsonServices });
  const others = new Map<string, typeof home>();
  const dispatchersFor = (region: string | undefined) => {
    const { regions } = options;
    if (!regions || region === undefined || region === regions.home) return home;
    const found = others.get(region) ?? dispatchers(regions.elsewhere(region));
    others.set(region, found);
    return found;
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    const at = Date.now();
    const started = performance.now();
    const requestId = randomUUID();
    // A connection that broke, a URL that is none, or a body beyond any AWS call.
    const http = await readHttp(incoming).catch(() => undefined);
    if (!http) return void response.destroy();
    const control = options.controls?.(http);
    if (control)
      return answer(response, requestId, { kind: 'reply', reply: control, outcome: 'ok', source: 'sandbox' });
    await wait(latencyMs);
    const { json, query } = dispatchersFor(http.region);
    const request = json.requestOf(http) ?? queryRequest(http);
    const verdict = await ('service' in request ? json.run(request) : query(request, requestId));
    const { outcome, source, defect } = verdict;
    const params = Object.fromEntries(request.params);
    const call = { at, action: request.action, params, outcome, durationMs: performance.now() - started };
    keep(calls, call);
    journal.write(source, 'api-call', { ...call, ...(defect ? { defect } : {}) });
    answer(response, requestId, verdict);
  };

  const server = createServer((incoming, response) => void handle(incoming, response));
  server.keepAliveTimeout = keepAliveMs;
  server.requestTimeout = 0;
  const { port, close } = await listenLocally(server);
  return {
    url: `http://127.0.0.1:${port}`,
    calls: () => calls,
    close() {
      cancelAll();
      return close();
    },
  };
}
