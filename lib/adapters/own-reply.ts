import type { Readable } from 'node:stream';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';

/*
 * The SDK takes any reply with a status below 300 for success, whatever its body is: for a call that gives nothing back, such as
 * RegisterTargets, a proxy's page or an empty body would do. Here a reply counts only if it is the operation's own.
 */

/** A reply that AWS does not send. The client tries again: every call that goes through here may be repeated. */
class OddReply extends Error {
  override readonly name = 'OddReply';
  /** Read by the SDK's retry strategy. */
  readonly $retryable = {};
}

type Request = { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

/** A page of a hundred DB instances is half as long, and the functions have 256 MB of memory for what XML becomes. Bytes. */
const mostOfFunction = 2 * 1024 * 1024;

type Options = Omit<NodeHttpHandlerOptions, 'requestTimeout' | 'throwOnRequestTimeout'> & {
  /** How long a reply may take from the request to its last byte: the handler's own time-outs end with its headers, or begin anew with each byte. */
  readonly replyMs: number;
  readonly mostBytes?: number;
};

/** `NodeHttpHandler` with a limit of time and of size for the whole of each reply. */
export class OwnReplyHandler extends NodeHttpHandler {
  readonly #replyMs: number;
  readonly #mostBytes: number;

  constructor({ replyMs, mostBytes = mostOfFunction, ...options }: Options) {
    super({ ...options, requestTimeout: replyMs, throwOnRequestTimeout: true });
    this.#replyMs = replyMs;
    this.#mostBytes = mostBytes;
  }

  override async handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const startedAt = performance.now();
    const { response } = await super.handle(request, options);
    const body: Readable = response.body;
    const late = Object.assign(new Error(`the reply was not complete after ${this.#replyMs} ms`), {
      name: 'TimeoutError',
    });
    const timer = setTimeout(() => body.destroy(late), startedAt + this.#replyMs - performance.now());
    try {
      const bytes = await collected(body, this.#mostBytes);
      checkOwn(request, response.statusCode, bytes);
      response.headers = withoutPause(response.headers);
      response.body = bytes;
      return { response };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The client would wait before each further attempt as long as a reply asks for, five seconds at most. What waits, and how long, is ours to say. */
const withoutPause = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !['retry-after', 'x-amz-retry-after'].includes(name)));

/**
 * Calls of the AWS Query and EC2 protocols name their action in the form, those of the JSON protocols in a header.
 * @throws OddReply when neither the result of the action nor an error of AWS's is in the reply
 */
export function checkOwn({ body: form, headers = {} }: Request, statusCode: number, reply: Uint8Array): void {
  const action = typeof form === 'string' ? /^Action=(\w+)&/.exec(form)?.[1] : undefined;
  const [, jsonAction] = /\.(\w+)$/.exec(headers['x-amz-target'] ?? '') ?? [];
  const text = Buffer.from(reply).toString('utf8');
  const isOdd =
    action !== undefined
      ? statusCode < 300
        ? !isResult(text, action)
        : !isError(text, statusCode)
      : jsonAction !== undefined && statusCode < 300 && !isJsonResult(text, jsonAction);
  if (isOdd)
    throw new OddReply(`the reply to ${action ?? jsonAction} is not AWS's: status ${statusCode}, ${shown(text)}`);
}

/** An error would not be read. What changes something may give nothing back; the SDK would take that for an answer to a question, too. */
const isJsonResult = (text: string, action: string): boolean =>
  /^\s*\{.*\}\s*$/s.test(text) || (text.trim() === '' && !/^(Describe|Filter|Get|List)/.test(action));

async function collected(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
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
