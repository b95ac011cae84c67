import type { IncomingMessage } from 'node:http';

/** An HTTP reply; XML where the headers name no other content type. */
export type Reply = {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

const largestBody = 1024 * 1024;

/** A request before its protocol is known. */
export type HttpRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly authenticated: boolean;
  /** The access key that the caller signed with. */
  readonly caller: string | undefined;
  /** The Region that the caller signed for. */
  readonly region: string | undefined;
};

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestBody) throw new Error(`a request body of more than ${largestBody} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `Credential=KEY/DATE/REGION/SERVICE/aws4_request`, in the header or in the query of a presigned URL. */
const scope = /(?:Credential=)?([^/\s=]+)\/\d{8}\/([a-z0-9-]+)\//;

export async function readHttp(incoming: IncomingMessage): Promise<HttpRequest> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://localhost');
  const { authorization } = incoming.headers;
  const [, caller, region] = scope.exec(authorization ?? searchParams.get('X-Amz-Credential') ?? '') ?? [];
  return {
    method: incoming.method ?? 'GET',
    path: decodeURIComponent(pathname),
    query: searchParams,
    headers: incoming.headers,
    body: incoming.method === 'POST' || incoming.method === 'PUT' ? await bodyOf(incoming) : '',
    authenticated: authorization !== undefined || searchParams.has('X-Amz-Signature'),
    caller,
    region,
  };
}
