import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { type Access, type Clients, createClients } from '../../cli/access/clients.ts';
import type { ClientReply, ClientRequest, LabOutputs } from '../contract.ts';
import { type RecordedReply, recordReplies } from '../fixtures.ts';
import type { Deployment, Lab, LabRequest, LabStacks } from '../lab.ts';
import type { Account } from './account.ts';
import { deployed, type StackParts, stacksOf, withProof } from './stacks.ts';

/** The lab's calls are few, and an account's limits are shared. */
export const maxAttempts = 10;

/** After the lab's own end, the dead man's switch waits this long. */
const marginHours = 1;

/** How long the tags of deleted resources may still be listed. */
const listed = { everyMs: 15_000, times: 80 };

type Parts = StackParts & {
  readonly access: Access & { readonly account: string };
  readonly account: Account;
  /** Dollars an hour. */
  readonly price: (templates: readonly unknown[]) => number;
};

export const awsDeployment = (
  { access, account, price, ...stacks }: Parts,
  { everyMs, times } = listed,
): Deployment => ({
  problems: (signal) => account.problems(signal),
  async plan(maxHours) {
    const zones = await account.zones();
    const until = new Date(Date.now() + (maxHours + marginHours) * 3_600_000);
    const settings = {
      run: `l${randomBytes(3).toString('hex')}`,
      until: until.toISOString().replace(/\.\d+Z$/, 'Z'),
      zones: zones.join(','),
    };
    const hour = price(await stacks.cdk.templates(withProof(settings)));
    const lines = [
      `The lab creates five stacks in account ${access.account}, ${access.region}: rds-target-lab-${settings.run}-…, with two databases that it fails over, six load balancers and two networks (docs/lab.md). Nothing else of the account is touched.`,
      `They cost about $${hour.toFixed(2)} an hour, and ${maxHours} hours at most, so no more than $${(hour * (maxHours + marginHours)).toFixed(2)}; a whole run takes about three hours. They are destroyed at the end, by the lab or, from ${settings.until} on, by the account itself.`,
    ];
    return { settings, lines };
  },
  deploy: (settings, signal) => deployed(stacks, settings, signal),
  open: async (outputs, settings) => labOn(createClients(access), outputs, stacksOf(stacks, settings)),
  // A dependency may outlive what depends on it by minutes: CloudFormation succeeds at the second attempt.
  async destroy(settings) {
    const all = withProof(settings);
    await stacks.cdk.destroy(all).catch(() => stacks.cdk.destroy(all));
  },
  async left({ run }, isPatient) {
    for (let time = 1; ; time += 1) {
      const left = await account.tagged(run);
      if (left.length === 0 || !isPatient || time >= times) return left;
      await wait(everyMs);
    }
  },
});

function labOn(clients: Clients, outputs: LabOutputs, stacks: LabStacks): Lab {
  const replies: RecordedReply[] = [];
  recordReplies(clients, replies);
  const since = Date.now();
  return {
    ...{ outputs, speed: 1, replies, stacks },
    clients: () => clients,
    database: (ground) => outputs[ground === 'scratch' ? 'cluster' : ground],
    scratchOn: 'cluster',
    client: (_, request, signal) => tryTargets(clients, outputs, request, signal),
    lacks: new Set(),
    events: () => eventsIn(clients, outputs.eventsLogGroup, since),
    close: async () => clients.close(),
  };
}

/** Each target from its own side, at the same time. */
async function tryTargets(
  clients: Clients,
  { clientFunction, insideClientFunction }: LabOutputs,
  { targets, ...times }: LabRequest,
  signal: AbortSignal,
): Promise<ClientReply> {
  const sides = Map.groupBy(targets, ({ isInside }) => (isInside ? insideClientFunction : clientFunction));
  const replies = await Promise.all(
    [...sides].map(([name, those]) => {
      const plain = those.map(({ isInside: _, ...target }) => target);
      return invoke(clients, name, { ...times, targets: plain }, signal);
    }),
  );
  return { attempts: replies.flatMap(({ attempts }) => attempts) };
}

async function invoke(
  clients: Clients,
  FunctionName: string,
  request: ClientRequest,
  abortSignal: AbortSignal,
): Promise<ClientReply> {
  const command = new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) });
  const { Payload, FunctionError } = await clients.lambda().send(command, { abortSignal });
  const text = Payload?.transformToString() ?? '';
  if (FunctionError) throw new Error(`the client function failed: ${text.slice(0, 500)}`);
  const reply: Partial<ClientReply> | null = JSON.parse(text);
  if (!Array.isArray(reply?.attempts)) throw new Error(`the client function gave no attempts: ${text.slice(0, 500)}`);
  return { attempts: reply.attempts };
}

async function eventsIn(clients: Clients, logGroupName: string, startTime: number): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { events = [] } of paginateFilterLogEvents({ client: clients.logs() }, { logGroupName, startTime }))
    found.push(...events.flatMap(({ message }) => (message ? JSON.parse(message) : [])));
  return found;
}
