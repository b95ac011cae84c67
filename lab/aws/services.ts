import { setTimeout as wait } from 'node:timers/promises';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { parseXML } from '@aws-sdk/xml-builder';
import { type Access, clientSettings } from '../../cli/access/clients.ts';
import { type Environment, send } from '../../lib/adapters/borrowed-client.ts';
import { errorCodeOf } from '../../lib/errors.ts';
import { partitionOf } from '../../lib/partitions.ts';

/* One call of each of three services, sent by a client that the lab has anyway: who is calling, what he may do, and what has a tag. */

export type Identity = { readonly account: string; readonly arn: string };

export type Services = {
  identity(signal?: AbortSignal): Promise<Identity>;
  /** The actions that the principal's policies do not allow on every resource. */
  denied(principal: string, actions: readonly string[], signal?: AbortSignal): Promise<string[]>;
  /** The ARNs of what has the tag, with this value or any. */
  tagged(key: string, value?: string, signal?: AbortSignal): Promise<string[]>;
};

/** IAM is in one Region of each partition ("IAM endpoints and quotas", AWS General Reference). */
const iam: Readonly<Record<string, { readonly host: string; readonly region: string }>> = {
  aws: { host: 'https://iam.amazonaws.com', region: 'us-east-1' },
  'aws-cn': { host: 'https://iam.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' },
  'aws-us-gov': { host: 'https://iam.us-gov.amazonaws.com', region: 'us-gov-west-1' },
};

type Service = Parameters<typeof send>[2];

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

export function createServices(access: Access, env: Environment): Services {
  const client = new ElasticLoadBalancingV2Client(clientSettings(access));
  const { host, region } = iam[partitionOf(access.region ?? '') ?? ''] ?? { host: '', region: '' };
  const global = new ElasticLoadBalancingV2Client(clientSettings({ ...access, region }));
  const isGlobal = (name: Service['name']) => name === 'iam' && !access.endpoint;
  /** The reply as an object; `problemIn` tells what the service says instead. */
  const call = (
    service: Service,
    headers: Call['headers'],
    body: string,
    { read, problemIn }: Format,
    signal?: AbortSignal,
  ) =>
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
  const query = async (service: Service, Version: string, Action: string, params: Params, signal?: AbortSignal) => {
    const body = new URLSearchParams({ Action, Version, ...params }).toString();
    const reply = await call(service, form, body, xml, signal);
    return (reply[`${Action}Response`] as Fields | undefined)?.[`${Action}Result`] as Fields | undefined;
  };
  return {
    async identity(signal) {
      const { Account, Arn } = (await query(sts, '2011-06-15', 'GetCallerIdentity', {}, signal)) ?? {};
      return { account: String(Account), arn: String(Arn) };
    },
    async denied(principal, actions, signal) {
      const names = Object.fromEntries(actions.map((action, index) => [`ActionNames.member.${index + 1}`, action]));
      const input = { PolicySourceArn: principal, MaxItems: '1000', ...names };
      const reply = await query(identities, '2010-05-08', 'SimulatePrincipalPolicy', input, signal);
      const { member = [] } = (reply?.EvaluationResults ?? {}) as Fields;
      const allowed = ([member].flat() as Fields[]).filter(({ EvalDecision }) => EvalDecision === 'allowed');
      // What the answer does not name is not known to be allowed.
      return actions.filter((action) => !allowed.some(({ EvalActionName }) => EvalActionName === action)).toSorted();
    },
    async tagged(Key, value, signal) {
      const filter = { TagFilters: [{ Key, ...(value ? { Values: [value] } : {}) }] };
      const found: string[] = [];
      for (let PaginationToken = ''; ; ) {
        const body = JSON.stringify({ ...filter, ...(PaginationToken ? { PaginationToken } : {}) });
        const page = await call(tagging, getResources, body, json, signal);
        // Unknown is never empty.
        if (!Array.isArray(page.ResourceTagMappingList)) throw new Error('GetResources gave no list of resources');
        found.push(...page.ResourceTagMappingList.map(({ ResourceARN }) => String(ResourceARN)));
        PaginationToken = String(page.PaginationToken ?? '');
        if (!PaginationToken) return found.toSorted();
      }
    },
  };
}

type Call = Parameters<typeof send>[3];
type Params = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;
type Format = {
  read(reply: string): Fields;
  problemIn(reply: Fields): { readonly name?: string; readonly message?: string };
};

const sts: Service = { name: 'sts', variable: 'STS' };
const identities: Service = { name: 'iam', variable: 'IAM' };
const tagging: Service = { name: 'tagging', variable: 'RESOURCE_GROUPS_TAGGING_API' };

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const getResources = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'ResourceGroupsTaggingAPI_20170126.GetResources',
};

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
