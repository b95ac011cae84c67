import { setTimeout as wait } from 'node:timers/promises';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { parseXML } from '@aws-sdk/xml-builder';
import { type Access, clientSettings } from '../../cli/access/clients.ts';
import { type Environment, send } from '../../lib/adapters/borrowed-client.ts';
import { errorCodeOf } from '../../lib/errors.ts';
import { partitionOf } from '../../lib/partitions.ts';

/* Calls of services for which the lab has no client, sent by one that it has anyway. */

export type Service = Parameters<typeof send>[2];
export type Params = Readonly<Record<string, string>>;
export type Fields = Readonly<Record<string, unknown>>;

/** The reply as an object. Each rejects with an error that has the service's own name and message. */
export type Calls = {
  /** In AWS's query protocol. */
  query(
    service: Service,
    version: string,
    action: string,
    params: Params,
    signal?: AbortSignal,
  ): Promise<Fields | undefined>;
  /** In JSON; `target`: the action as its header names it. */
  json(service: Service, target: string, body: Fields, signal?: AbortSignal): Promise<Fields>;
};

/** IAM is in one Region of each partition ("IAM endpoints and quotas", AWS General Reference). */
const iam: Readonly<Record<string, { readonly host: string; readonly region: string }>> = {
  aws: { host: 'https://iam.amazonaws.com', region: 'us-east-1' },
  'aws-cn': { host: 'https://iam.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' },
  'aws-us-gov': { host: 'https://iam.us-gov.amazonaws.com', region: 'us-gov-west-1' },
};

const attempts = 5;
const firstPauseMs = 100;

/** As the SDK's clients do, which this call only borrows from. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !['Throttled', 'ServiceUnavailable'].includes(errorCodeOf(error))) throw error;
      await wait(firstPauseMs * 2 ** attempt);
    }
  }
}

export function createCalls(access: Access, env: Environment): Calls {
  const client = new ElasticLoadBalancingV2Client(clientSettings(access));
  const { host, region } = iam[partitionOf(access.region ?? '') ?? ''] ?? { host: '', region: '' };
  const global = new ElasticLoadBalancingV2Client(clientSettings({ ...access, region }));
  const isGlobal = (name: Service['name']) => name === 'iam' && !access.endpoint;
  const call = (
    service: Service,
    headers: Params,
    body: string,
    { read, problemIn }: Format,
    signal?: AbortSignal,
  ): Promise<Fields> =>
    patiently(async () => {
      const [by, where] = isGlobal(service.name) ? [global, { AWS_ENDPOINT_URL_IAM: host, ...env }] : [client, env];
      const { statusCode, reply } = await send(by, where, service, { headers, body }, signal);
      const content = read(reply);
      if (statusCode < 300) return content;
      const { name, message } = problemIn(content);
      throw Object.assign(new Error(message ?? `status ${statusCode}`), {
        name: name ?? 'Unknown',
        $metadata: { httpStatusCode: statusCode },
      });
    });
  return {
    async query(service, Version, Action, params, signal) {
      const body = new URLSearchParams({ Action, Version, ...params }).toString();
      const reply = await call(service, form, body, xml, signal);
      return (reply[`${Action}Response`] as Fields | undefined)?.[`${Action}Result`] as Fields | undefined;
    },
    json: (service, target, body, signal) =>
      call(service, { ...plain, 'x-amz-target': target }, JSON.stringify(body), json, signal),
  };
}

/** The members of a list in a reply of the query protocol: one is no array there. */
export const membersOf = (list: unknown): readonly Fields[] => {
  const { member = [] } = (list || {}) as Fields;
  return [member].flat() as Fields[];
};

type Format = {
  read(reply: string): Fields;
  problemIn(reply: Fields): { readonly name?: string; readonly message?: string };
};

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const plain = { 'content-type': 'application/x-amz-json-1.1' };

const xml: Format = {
  read: (reply) => parseXML(reply),
  problemIn({ ErrorResponse }) {
    const { Code, Message } = ((ErrorResponse as Fields | undefined)?.Error ?? {}) as Params;
    return { name: Code, message: Message };
  },
};

const json: Format = {
  read: (reply) => JSON.parse(reply),
  problemIn: ({ __type, message, Message = message }) => ({
    name: __type === undefined ? undefined : String(__type).replace(/^.*#/, ''),
    message: Message === undefined ? undefined : String(Message),
  }),
};
