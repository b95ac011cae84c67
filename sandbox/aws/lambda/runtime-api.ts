import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenLocally } from '../../world/sockets.ts';

/** The work of an execution environment. Times are wall ms. */
export type Invocation = {
  readonly requestId: string;
  readonly functionArn: string;
  readonly traceId: string;
  readonly deadlineMs: number;
  /** The event as JSON. */
  readonly payload: string;
};

/** What the runtime of one environment reports. `finish` returns false when another invocation is in progress. */
export type RuntimeListener = {
  /** The runtime waits; `give` hands the invocation over. */
  next(give: (invocation: Invocation) => void): void;
  finish(requestId: string, outcome: 'response' | 'error', body: string): boolean;
  initError(body: string): void;
};

export type RuntimeApi = {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  close(): Promise<void>;
};

const outcomePath = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/;

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

function give(response: ServerResponse, invocation: Invocation): void {
  response
    .writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': invocation.requestId,
      'Lambda-Runtime-Deadline-Ms': String(invocation.deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': invocation.functionArn,
      'Lambda-Runtime-Trace-Id': invocation.traceId,
    })
    .end(invocation.payload);
}

async function route(request: IncomingMessage, response: ServerResponse, listener: RuntimeListener): Promise<void> {
  const path = request.url ?? '';
  if (request.method === 'GET' && path === '/2018-06-01/runtime/invocation/next')
    return listener.next((invocation) => give(response, invocation));
  const body = await textOf(request);
  const [, requestId, outcome] = outcomePath.exec(path) ?? [];
  if (request.method === 'POST' && requestId && (outcome === 'response' || outcome === 'error')) {
    if (listener.finish(requestId, outcome, body)) return answer(response, 202, { status: 'OK' });
    return answer(response, 400, { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' });
  }
  if (request.method === 'POST' && path === '/2018-06-01/runtime/init/error') {
    listener.initError(body);
    return answer(response, 202, { status: 'OK' });
  }
  answer(response, 404, { errorType: 'NotFound', errorMessage: 'Not found' });
}

/** Serves the Lambda Runtime API to one execution environment on a port of its own on 127.0.0.1. */
export async function createRuntimeApi(listener: RuntimeListener): Promise<RuntimeApi> {
  // The runtime may sit in one request for hours: no time-out anywhere.
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (request, response) => {
    // A runtime that is killed in the middle of a request must not end this process.
    route(request, response, listener).catch(() => response.destroy());
  });
  const { port, close } = await listenLocally(server);
  return { address: `127.0.0.1:${port}`, close };
}
