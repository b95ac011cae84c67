import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEc2, type Ec2 } from '../../sandbox/aws/ec2/ec2.ts';
import { createElbv2, type Elbv2 } from '../../sandbox/aws/elbv2/elbv2.ts';
import { createEventBridge, type EventBridge } from '../../sandbox/aws/eventbridge/eventbridge.ts';
import { createEventsApi } from '../../sandbox/aws/eventbridge/events-api.ts';
import { createRds } from '../../sandbox/aws/rds/rds.ts';
import { vpcEndpointService } from '../../sandbox/aws/vpc-endpoints/operations.ts';
import { createEndpointWorld, type EndpointWorld } from '../../sandbox/aws/vpc-endpoints/world.ts';
import { createFaults, type Faults } from '../../sandbox/aws/wire/faults.ts';
import { createQueryServer, type QueryServer } from '../../sandbox/aws/wire/server.ts';
import { createClock } from '../../sandbox/world/clock.ts';
import type { DatabaseView, InstanceView } from '../../sandbox/world/database/view.ts';
import { createJournal } from '../../sandbox/world/journal.ts';
import { createDelays } from '../../sandbox/world/load-balancer-delays.ts';
import { home, vpc } from '../../sandbox/world/network.ts';

/* An account of databases behind RDS's and EC2's wire, without a process for any of them. */

const arn = (type: string, id: string) => `arn:aws:rds:${home.region}:${home.account}:${type}:${id}`;

const instance = (id: string, more: Partial<InstanceView> = {}): InstanceView => ({
  id,
  arn: arn('db', id),
  resourceId: `db-${id.toUpperCase()}`,
  isWriter: true,
  status: 'available',
  engine: 'postgres',
  engineVersion: '17.5',
  endpoint: { address: `${id}.c1example.${home.region}.rds.amazonaws.com`, port: 5432 },
  availabilityZone: `${home.region}a`,
  multiAz: false,
  networkType: 'IPV4',
  ...more,
});

export const alone = (id: string, more?: Partial<InstanceView>): DatabaseView => ({ instances: [instance(id, more)] });

export function cluster(id: string, more: Partial<InstanceView> = {}): DatabaseView {
  const engine = { engine: 'aurora-postgresql', engineVersion: '16.8', ...more };
  const members = ['1', '2'].map((number) =>
    instance(`${id}-${number}`, { ...engine, clusterId: id, isWriter: number === '1' }),
  );
  return {
    instances: members,
    cluster: {
      ...{ id, arn: arn('cluster', id), resourceId: `cluster-${id.toUpperCase()}`, status: 'available' },
      ...{
        engine: engine.engine,
        engineVersion: engine.engineVersion,
        port: 5432,
        networkType: 'IPV4',
        customEndpoints: [],
      },
      endpoint: `${id}.cluster-c1example.${home.region}.rds.amazonaws.com`,
      readerEndpoint: `${id}.cluster-ro-c1example.${home.region}.rds.amazonaws.com`,
    },
  };
}

export const groupIds = {
  shared: 'sg-0123456789abcdef0',
  open: 'sg-0aaaaaaaaaaaaaaa1',
  other: 'sg-0bbbbbbbbbbbbbbb2',
};

export type Account = {
  readonly server: QueryServer;
  readonly ec2: Ec2;
  readonly endpoints: EndpointWorld;
  readonly elbv2: Elbv2;
  readonly bus: EventBridge;
  readonly faults: Faults;
  readonly env: Readonly<Record<string, string>>;
  /** The names of the calls since the last look. */
  calls(): readonly string[];
  /** A file in a directory of the account's own. */
  path(name: string): string;
  put(name: string, text: string): string;
  text(name: string): string;
  close(): Promise<void>;
};

/** @param extra plain instances beside the others */
export async function createAccount(others: readonly DatabaseView[], extra = 0): Promise<Account> {
  const clock = createClock(1);
  const journal = createJournal();
  const faults = createFaults();
  const { service: rds } = createRds({ databases: () => [], clock, journal, vpcId: vpc.id, others, extra });
  const ec2 = createEc2(vpc, {
    [groupIds.shared]: { ingress: [], egress: [] },
    [groupIds.open]: { ingress: [{ port: 5432, cidrs: ['10.0.0.0/16'] }], egress: [] },
    [groupIds.other]: { ingress: [{ port: 22, cidrs: ['10.0.0.0/16'] }], egress: [] },
  });
  const endpoints = createEndpointWorld();
  const operations = { ...ec2.service.operations, ...vpcEndpointService(endpoints).operations };
  const elbv2 = createElbv2({ clock, journal, vpc, delays: createDelays('ideal', () => 0) });
  const bus = createEventBridge({ clock, journal, random: () => 0.5 });
  const server = await createQueryServer({
    services: [rds, { ...ec2.service, operations }, elbv2.service],
    jsonServices: [createEventsApi(bus)],
    ...{ faults, clock, journal, throttling: false },
  });
  const folder = mkdtempSync(join(tmpdir(), 'account-'));
  let seen = 0;
  const path = (name: string) => join(folder, name);
  return {
    ...{ server, ec2, endpoints, elbv2, bus, faults, path },
    env: {
      AWS_ENDPOINT_URL: server.url,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_REGION: home.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      NO_COLOR: '1',
      COLUMNS: '100',
    },
    calls() {
      const all = server.calls().map(({ action }) => action);
      const fresh = all.slice(seen);
      seen = all.length;
      return fresh;
    },
    put: (name, text) => {
      writeFileSync(path(name), text);
      return path(name);
    },
    text: (name) => readFileSync(path(name), 'utf8'),
    async close() {
      await server.close();
      elbv2.close();
      bus.close();
      clock.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
