import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DatabaseEntry, LoadBalancerEntry } from '../../infra/config/databases.ts';
import { configFromEnv } from '../../lib/settings/config.ts';
import { call } from '../access/call.ts';
import { clientSettings } from '../access/clients.ts';
import { environmentOf } from '../access/local.ts';
import type { Session } from '../access/session.ts';
import { databaseIn } from '../init/account.ts';
import { fileWords } from '../terminal/file-words.ts';
import type { Io } from '../terminal/io.ts';
import { endpointFindings } from './api-endpoints.ts';
import { balancerFindings } from './balancer.ts';
import { databaseFindings, stateOf } from './database.ts';
import type { Finding } from './findings.ts';
import { type Ground, groundOf } from './ground.ts';
import { networkFindings } from './network.ts';
import { principalFindings } from './principals.ts';
import { quotaFindings } from './quotas.ts';

/** An entry with its place in the file. */
export type Placed = { readonly index: number; readonly entry: DatabaseEntry };
export type Checked = Placed & { readonly findings: readonly Finding[] };
export type CheckedBalancer = { readonly entry: LoadBalancerEntry; readonly findings: readonly Finding[] };
export type Result = {
  readonly checked: readonly Checked[];
  /** Those that the databases share. */
  readonly balancers: readonly CheckedBalancer[];
  readonly account: readonly Finding[];
};

/** Entries at a time: each may ask for its group and its parameters. */
const atOnce = 5;

/** As many entries have their parameters read: two or three calls each. */
const few = 10;

/** Checks the entries of one Region against the account. */
export async function checkEntries(io: Io, session: Session, placed: readonly Placed[]): Promise<Result> {
  const { clients, selection } = session;
  const entries = placed.map(({ entry }) => entry);
  const ask = <T>(action: string, work: () => Promise<T>) => call(io, selection, action, { action }, work);
  const account = { rds: clients.rds(), ec2: clients.ec2(), ask };
  const rules = new EventBridgeClient(clientSettings(clients.access));
  try {
    const ground = await groundOf(account, entries);
    const checked: Checked[] = [];
    for (let first = 0; first < placed.length; first += atOnce) {
      const some = placed.slice(first, first + atOnce);
      checked.push(
        ...(await Promise.all(
          some.map((one) => checkOne({ ...account, elbv2: clients.elbv2() }, one, ground, placed.length <= few)),
        )),
      );
    }
    const balancers = await Promise.all(
      [...new Set(entries.flatMap(({ loadBalancer }) => loadBalancer ?? []))].map(async (entry) => ({
        entry,
        findings: [
          ...networkFindings(entry, undefined, ground),
          ...(await principalFindings(account.ec2, ask, entry, ground)),
        ],
      })),
    );
    const region = selection.region ?? entries[0]?.region ?? '';
    const quotas = await quotaFindings({ elbv2: clients.elbv2(), rules, ask }, entries, ground, region);
    return { checked, balancers, account: quotas };
  } finally {
    rules.destroy();
  }
}

/** Names the settings of a group that does not exist yet. */
const plannedGroup = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/planned/0123456789abcdef';

type Clients = Parameters<typeof groundOf>[0] & Parameters<typeof balancerFindings>[0];

async function checkOne(clients: Clients, { entry, index }: Placed, ground: Ground, isFew: boolean): Promise<Checked> {
  const { database } = entry;
  const config = configFromEnv(environmentOf(entry, entry.targetGroupArn ?? plannedGroup));
  const found = database.kind === 'hostname' ? undefined : databaseIn(ground.inventory, database.kind, database.id);
  const topology = found?.topology;
  const port = database.port ?? topology?.endpoint?.port;
  const state = database.kind === 'hostname' ? undefined : stateOf(ground, database);
  const [balancer, principals] = await Promise.all([
    topology && state && port !== undefined
      ? balancerFindings(clients, { entry, config, state, topology, port, isFew }, ground)
      : [],
    principalFindings(clients.ec2, clients.ask, entry, ground),
  ]);
  const findings = [
    ...(state ? databaseFindings(entry, config, state, ground) : []),
    ...networkFindings(entry, topology?.home, ground),
    ...balancer,
    ...endpointFindings(entry, ground),
    ...principals,
  ];
  return { entry, index, findings: findings.map((one) => inWords(one, entry)) };
}

/** The doctor names the functions' variables, and the operator writes the file's keys. */
const inWords = ({ detail, remedy, ...rest }: Finding, entry: DatabaseEntry): Finding => {
  const words = (text: string) => fileWords(text, { name: entry.name, entry });
  return { ...rest, detail: words(detail), ...(remedy ? { remedy: words(remedy) } : {}) };
};
