import type { Occurrence } from '../../world/journal.ts';
import { AwsError, internalFailure } from './aws-error.ts';
import { suffer, type Verdict } from './dispatch.ts';
import type { Faults } from './faults.ts';
import type { HttpRequest, Reply } from './http.ts';
import type { Permissions } from './permissions.ts';
import type { QueryParams } from './query.ts';

export type Json = Readonly<Record<string, unknown>>;

/** An operation's answer: 200 and `{}` by default. A string body goes out as it is. */
export type JsonAnswer = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

export type JsonOperation = (input: Json, http: HttpRequest) => JsonAnswer | Promise<JsonAnswer>;

/** One service of an AWS JSON protocol. */
export type JsonService = {
  readonly source: Occurrence['source'];
  /** What IAM calls the service: `events`, `logs`, `cloudwatch`, `lambda`. */
  readonly permissions: string;
  /** The action that a request means, and its input; undefined when it is for another service. */
  readonly route: (http: HttpRequest) => { readonly action: string; readonly input: Json } | undefined;
  readonly operations: Readonly<Record<string, JsonOperation>>;
};

export type JsonRequest = {
  readonly service: JsonService;
  readonly action: string;
  readonly input: Json;
  /** The input's texts and numbers, for faults and the journal. */
  readonly params: QueryParams;
  readonly http: HttpRequest;
};

/** The body as an object; an empty one has no fields. */
export function jsonBody({ body }: HttpRequest): Json {
  if (body === '') return {};
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  } catch {
    // Reported below, as everything else that is no object.
  }
  throw new AwsError('SerializationException', 'Could not parse request body into json');
}

/** Routes to a service of the JSON 1.0 and 1.1 protocols: `X-Amz-Target: PREFIX.Action`. */
export const targetRoute =
  (prefix: string): JsonService['route'] =>
  (http) => {
    const [service, action = ''] = String(http.headers['x-amz-target'] ?? '').split('.');
    return service === prefix ? { action, input: jsonBody(http) } : undefined;
  };

const replyOf = ({ status = 200, headers, body = {} }: JsonAnswer): Reply => ({
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
});

/** REST services name the error in a header, the others in the body; clients read either. */
const errorReply = ({ code, message, status, type }: AwsError): Reply =>
  replyOf({
    status,
    headers: { 'x-amzn-ErrorType': code },
    body: { __type: code, Type: type === 'Sender' ? 'User' : 'Service', message },
  });

type Parts = {
  readonly services: readonly JsonService[];
  readonly faults: Faults;
  readonly permissions: Permissions | undefined;
  readonly wait: (ms: number) => Promise<void>;
};

export function createJsonDispatcher({ services, faults, permissions, wait }: Parts) {
  return {
    /** Undefined when the request speaks another protocol. */
    requestOf(http: HttpRequest): JsonRequest | undefined {
      for (const service of services) {
        const routed = service.route(http);
        if (!routed) continue;
        const scalars = Object.entries(routed.input).filter(([, value]) => /string|number/.test(typeof value));
        return { service, http, ...routed, params: new Map(scalars.map(([key, value]) => [key, String(value)])) };
      }
      return undefined;
    },
    async run({ service, action, input, params, http }: JsonRequest): Promise<Verdict> {
      const { source, operations } = service;
      try {
        if (!http.authenticated)
          throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', { status: 403 });
        const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
        if (!operation) throw new AwsError('UnknownOperationException', `Unknown operation ${action}`);
        const isRest = http.headers['x-amz-target'] === undefined;
        permissions?.check(http.caller, permissionOf(service, action), isRest ? 'rest' : 'json');
        const { latencyMs, fault } = faults.take(action, params);
        await wait(latencyMs);
        const result = await suffer(fault, () => operation(input, http));
        if (typeof result === 'string') return { kind: result, outcome: fault?.kind ?? result, source };
        return { kind: 'reply', reply: replyOf(result), outcome: 'ok', source };
      } catch (thrown) {
        return { kind: 'reply', source, ...failure(thrown) };
      }
    },
  };
}

/** IAM names one action differently from the API. */
const permissionOf = ({ permissions }: JsonService, action: string): string =>
  `${permissions}:${permissions === 'lambda' && action === 'Invoke' ? 'InvokeFunction' : action}`;

function failure(thrown: unknown) {
  if (thrown instanceof AwsError) return { reply: errorReply(thrown), outcome: thrown.code };
  const error = internalFailure();
  const defect = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return { reply: errorReply(error), outcome: error.code, defect };
}
