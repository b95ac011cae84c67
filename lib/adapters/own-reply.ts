import { Readable } from 'node:stream';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';

/*
 * The SDK takes any reply with a status below 300 for success, whatever its body is: for a call that gives nothing back, such as
 * RegisterTargets, a proxy's page or an empty body would do. Here a reply counts only if it is the operation's own.
 */

/** A reply that AWS does not send. The client tries again: every call that goes through here may be repeated. */
export class OddReply extends Error {
  override readonly name = 'OddReply';
  /** Read by the SDK's retry strategy. */
  readonly $retryable = {};
}

type Request = { readonly body?: unknown };
type Response = { statusCode: number; body?: unknown };

/** A hundred DB instances, the largest page that is asked for, take about a megabyte. Bytes. */
const mostBytes = 8 * 1024 * 1024;

/**
 * `NodeHttpHandler` for the AWS Query and EC2 protocols; replies to calls of other protocols pass as they are.
 * @param bodyMs how long the body of a reply may take: the handler's own time-outs end with its headers, or begin anew with each byte
 */
export class OwnReplyHandler extends NodeHttpHandler {
  readonly #bodyMs: number;

  constructor({ bodyMs, ...options }: NodeHttpHandlerOptions & { readonly bodyMs: number }) {
    super(options);
    this.#bodyMs = bodyMs;
  }

  override async handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const { response } = await super.handle(request, options);
    const { body } = response;
    if (!(body instanceof Readable)) return { response: await ownReply(request, response) };
    const late = Object.assign(new Error(`the reply was not complete after ${this.#bodyMs} ms`), {
      name: 'TimeoutError',
    });
    const timer = setTimeout(() => body.destroy(late), this.#bodyMs);
    try {
      return { response: await ownReply(request, response) };
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * The reply with its body read.
 * @throws OddReply when neither the operation nor an error of AWS's is in it
 */
export async function ownReply<T extends Response>({ body: form }: Request, response: T): Promise<T> {
  const action = typeof form === 'string' ? /^Action=(\w+)&/.exec(form)?.[1] : undefined;
  if (action === undefined) return response;
  const bytes = await collected(response.body);
  const text = bytes.toString('utf8');
  const { statusCode } = response;
  if (statusCode < 300 ? !isResult(text, action) : !isError(text, statusCode)) {
    throw new OddReply(`the reply to ${action} is not AWS's: status ${statusCode}, ${shown(text)}`);
  }
  response.body = bytes;
  return response;
}

async function collected(body: unknown): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop closes the connection.
    if (length > mostBytes) throw new OddReply(`the reply is longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Query protocol: `<XResponse>` with `<XResult>` and `<ResponseMetadata><RequestId>` (smithy.io/2.0/aws/protocols/aws-query-protocol.html).
 * EC2 has no result element, and `<requestId>` (aws-ec2-query-protocol.html). The end counts too: a reply may have been cut.
 */
function isResult(text: string, action: string): boolean {
  const root = `${action}Response`;
  if (!isDocument(text, root)) return false;
  const isQuery = hasElement(text, `${action}Result`) && hasElement(text, 'ResponseMetadata');
  return isQuery ? /<RequestId>[^<]+<\/RequestId>/.test(text) : /<requestId>[^<]+<\/requestId>/.test(text);
}

/** A status that speaks for itself needs no body: some come from what stands before the service. */
const isError = (text: string, status: number): boolean =>
  status === 401 ||
  status === 403 ||
  status === 429 ||
  status >= 500 ||
  (['ErrorResponse', 'Response'].some((root) => isDocument(text, root)) && /<Code>[^<]+<\/Code>/.test(text));

const isDocument = (text: string, root: string): boolean =>
  new RegExp(`^\\s*(<\\?xml[^>]*\\?>\\s*)?<${root}[\\s>]`).test(text) && new RegExp(`</${root}\\s*>\\s*$`).test(text);

const hasElement = (text: string, name: string): boolean => new RegExp(`<${name}[\\s/>]`).test(text);

const shown = (text: string): string => (text === '' ? 'an empty body' : `body ${JSON.stringify(text.slice(0, 80))}`);
