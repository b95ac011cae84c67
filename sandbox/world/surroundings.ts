import { standbyAlarmNames } from '../../lib/doctor/alarm-names.ts';
import { conditionsOf } from '../aws/cloudwatch/alarms.ts';
import { type CloudWatch, createCloudWatch, type SandboxAlarm } from '../aws/cloudwatch/cloudwatch.ts';
import type { Metrics } from '../aws/cloudwatch/measured.ts';
import { createEc2, type Ec2 } from '../aws/ec2/ec2.ts';
import { interfacesOfRds } from '../aws/ec2/interfaces.ts';
import { createElbv2 } from '../aws/elbv2/elbv2.ts';
import { createEventBridge, type EventBridge } from '../aws/eventbridge/eventbridge.ts';
import { createEventsApi } from '../aws/eventbridge/events-api.ts';
import { createSchedulerApi } from '../aws/eventbridge/scheduler-api.ts';
import { createLambdaApi, type Placement } from '../aws/lambda/lambda-api.ts';
import { createLogsApi } from '../aws/lambda/logs-api.ts';
import { createRds } from '../aws/rds/rds.ts';
import { vpcEndpointService } from '../aws/vpc-endpoints/operations.ts';
import { createEndpointWorld, type EndpointWorld } from '../aws/vpc-endpoints/world.ts';
import type { JsonService } from '../aws/wire/json.ts';
import type { Service } from '../aws/wire/query.ts';
import type { RegionalServices } from '../aws/wire/server.ts';
import type { SandboxClock } from './clock.ts';
import type { Address } from './database/state.ts';
import type { Journal } from './journal.ts';
import type { Delays } from './load-balancer-delays.ts';
import type { Subnet } from './network.ts';

/** Security groups of the sandbox's account: the database's (as the RDS API returns it), the load balancer's, the functions'. */
export const securityGroupIds = {
  database: 'sg-0123456789abcdef0',
  loadBalancer: 'sg-0123456789abcdef1',
  functions: 'sg-0123456789abcdef2',
};

/** The rest of the account around the database, the load balancer and the functions. Tests may change it while the sandbox runs. */
export type Surroundings = {
  readonly ec2: Ec2;
  /** The endpoint service before the load balancer, and the endpoints of its consumers. */
  readonly endpoints: EndpointWorld;
  readonly cloudWatch: CloudWatch;
  /** Where the functions run; outside any VPC when undefined. */
  placement: Placement | undefined;
};

type Options = {
  readonly vpc: { readonly id: string; readonly cidrs: readonly string[]; readonly subnets: readonly Subnet[] };
  /** Of the database. */
  readonly port: number;
  readonly eventBridge: EventBridge;
  readonly metrics: Metrics;
  /** Where the database's hosts are. */
  readonly places: () => readonly Address[];
  /** The database as the functions know it: for a warm standby with a security group that is on it alone. */
  readonly known: { readonly name: string; readonly markerSecurityGroup?: string };
};

/** As our CDK sets things up, with the functions inside the VPC. */
export function createSurroundings(options: Options): {
  readonly surroundings: Surroundings;
  readonly services: readonly Service[];
  readonly jsonServices: readonly JsonService[];
} {
  const { vpc, port, eventBridge, metrics, places } = options;
  const { name, markerSecurityGroup: marker } = options.known;
  const { database, loadBalancer, functions } = securityGroupIds;
  const groups = {
    [database]: { ingress: [{ port, groupIds: [loadBalancer, functions] }], egress: [] },
    [loadBalancer]: { ingress: [{ port, cidrs: ['10.0.0.0/8'] }], egress: [{ port, groupIds: [database] }] },
    [functions]: { ingress: [], egress: [{ port: 'all', cidrs: ['0.0.0.0/0'] }] },
  } as const;
  const ec2 = createEc2(vpc, groups, () => interfacesOfRds(places(), [database, marker ?? []].flat()));
  const cloudWatch = createCloudWatch(metrics, alarmsOf(name, marker !== undefined));
  const endpoints = endpointsOf(name);
  const surroundings: Surroundings = {
    ec2,
    endpoints,
    cloudWatch,
    placement: { vpcId: vpc.id, subnetIds: vpc.subnets.map(({ id }) => id), securityGroupIds: [functions] },
  };
  const operations = { ...ec2.service.operations, ...vpcEndpointService(endpoints).operations };
  return {
    surroundings,
    services: [{ ...ec2.service, operations }],
    jsonServices: [cloudWatch.api, createEventsApi(eventBridge), createSchedulerApi(eventBridge)],
  };
}

/** Two accounts may connect: one does, and the other waits to be accepted. */
function endpointsOf(name: string): EndpointWorld {
  const world = createEndpointWorld();
  const [waiting, connected] = ['444455556666', '777788889999'] as const;
  const principals = [waiting, connected].map((account) => `arn:aws:iam::${account}:root`);
  const service = world.addService({ tags: { Name: name }, principals });
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  world.connect(service, { owner: connected, state: 'available', createdAt: hoursAgo(24 * 41) });
  world.connect(service, { owner: waiting, createdAt: hoursAgo(2) });
  return world;
}

/** The alarms that our CDK creates, with their conditions. */
function alarmsOf(name: string, hasStandby: boolean): Record<string, SandboxAlarm> {
  const conditions = Object.entries(conditionsOf(name, [`${name}-failover`, `${name}-drift`]));
  const isMade = (alarm: string) => hasStandby || !standbyAlarmNames.some((one) => one === alarm);
  return Object.fromEntries(
    conditions.flatMap(([alarm, condition]) => (isMade(alarm) ? [[`${name}-${alarm}`, { condition }]] : [])),
  );
}

/** Another Region of the account: the same APIs, and nothing of ours. */
export function createElsewhere(
  region: string,
  account: string,
  shared: { readonly clock: SandboxClock; readonly journal: Journal; readonly delays: Delays },
): RegionalServices {
  const vpc = { id: 'vpc-0fedcba9876543210', cidrs: [], subnets: [] };
  const { service: ec2 } = createEc2(vpc, {});
  const privateLink = vpcEndpointService(createEndpointWorld(region));
  const bus = createEventBridge({ ...shared, region, account });
  return {
    services: [
      createRds({ ...shared, databases: () => [], region, account }).service,
      createElbv2({ ...shared, vpc, region, account }).service,
      { ...ec2, operations: { ...ec2.operations, ...privateLink.operations } },
    ],
    jsonServices: [
      createCloudWatch({ now: () => 0, values: () => [] }, {}).api,
      createEventsApi(bus),
      createSchedulerApi(bus),
      createLambdaApi(() => [], { region, account }, shared.clock),
      createLogsApi(() => [], region),
    ],
  };
}
