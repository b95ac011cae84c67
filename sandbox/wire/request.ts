import type { IncomingMessage } from 'node:http';
import type { Operation, QueryParams, Service } from '../types.ts';
import { AwsError } from './aws-error.ts';

const largestBody = 1024 * 1024;

/** A decoded request; `action` and `version` are empty when the request names none. */
export type QueryRequest = {
  readonly action: string;
  readonly version: string;
  /** Without `Action` and `Version`. */
  readonly params: QueryParams;
  readonly authenticated: boolean;
};

async function body(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestBody) throw new Error(`a request body of more than ${largestBody} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads a form-encoded POST, or a GET with everything in its query string. */
export async function readRequest(incoming: IncomingMessage): Promise<QueryRequest> {
  const query = new URL(incoming.url ?? '/', 'http://localhost').searchParams;
  const form = new URLSearchParams(incoming.method === 'POST' ? await body(incoming) : '');
  const { Action = '', Version = '', ...params } = Object.fromEntries([...query, ...form]);
  return {
    action: Action,
    version: Version,
    params: new Map(Object.entries(params)),
    authenticated: incoming.headers.authorization !== undefined || query.has('X-Amz-Signature'),
  };
}

/** The service and operation that a request means, or the error that AWS answers. */
export function route(
  services: readonly Service[],
  { action, version, authenticated }: QueryRequest,
): { readonly service: Service; readonly operation: Operation } {
  if (!authenticated) throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token');
  if (!action) throw new AwsError('MissingAction', 'The request must contain the parameter Action');
  const service = services.find((candidate) => candidate.version === version);
  const operation = service && Object.hasOwn(service.operations, action) ? service.operations[action] : undefined;
  if (!service || !operation) {
    throw new AwsError(
      'InvalidAction',
      `Could not find operation ${action} for version ${version || 'NO_VERSION_SPECIFIED'}`,
    );
  }
  return { service, operation };
}
