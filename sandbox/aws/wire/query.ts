import { AwsError } from './aws-error.ts';
import type { HttpRequest, Reply } from './http.ts';
import { declaration, element, type XmlValue } from './xml.ts';

/** A decoded Query-protocol request: flat keys as AWS sends them, for example `Targets.member.1.Id`. */
export type QueryParams = ReadonlyMap<string, string>;

/** One API action: gives the content of `<ActionResult>`, or throws an `AwsError`. */
export type Operation = (params: QueryParams) => XmlValue;

/** One service on the wire. The request's `Version` selects it. */
export type Service = {
  readonly name: 'rds' | 'elasticloadbalancing' | 'ec2' | 'sns';
  readonly version: string;
  readonly xmlNamespace: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** Refuses what none of its operations accepts, once the caller is allowed. */
  readonly admit?: (params: QueryParams) => void;
  /** How it wraps its answers; the Query protocol's way when absent. */
  readonly replies?: Replies;
};

/** A decoded request; `action` and `version` are empty when the request names none. */
export type QueryRequest = {
  readonly action: string;
  readonly version: string;
  /** Without `Action` and `Version`. */
  readonly params: QueryParams;
  readonly authenticated: boolean;
  readonly caller: string | undefined;
};

/** Reads a form-encoded POST, or a GET with everything in its query string. */
export function queryRequest({ method, query, body, authenticated, caller }: HttpRequest): QueryRequest {
  const form = new URLSearchParams(method === 'POST' ? body : '');
  const { Action = '', Version = '', ...params } = Object.fromEntries([...query, ...form]);
  return { action: Action, version: Version, params: new Map(Object.entries(params)), authenticated, caller };
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

/** How a protocol wraps results and errors. */
export type Replies = {
  success(action: string, result: XmlValue, xmlns: string, requestId: string): Reply;
  error(error: AwsError, xmlns: string | undefined, requestId: string): Reply;
};

function successReply(action: string, result: XmlValue, xmlns: string, requestId: string): Reply {
  const response = { [`${action}Result`]: result ?? {}, ResponseMetadata: { RequestId: requestId } };
  return { status: 200, body: declaration + element(`${action}Response`, response, xmlns) };
}

function errorReply(error: AwsError, xmlns: string | undefined, requestId: string): Reply {
  const response = {
    Error: { Type: error.type, Code: error.code, Message: error.message },
    RequestId: requestId,
  };
  return { status: error.status, body: declaration + element('ErrorResponse', response, xmlns) };
}

/** The AWS Query protocol. */
export const queryReplies: Replies = { success: successReply, error: errorReply };
