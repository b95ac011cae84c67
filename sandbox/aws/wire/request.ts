import type { Operation, QueryParams, Service } from '../../world/types.ts';
import { AwsError } from './aws-error.ts';
import type { HttpRequest } from './http.ts';

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
