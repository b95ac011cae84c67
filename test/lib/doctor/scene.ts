import { known } from '../../../lib/doctor/reading.ts';
import type {
  DatabaseNetwork,
  GroupSettings,
  LoadBalancer,
  Rule,
  SecurityGroup,
  Surroundings,
} from '../../../lib/doctor/surroundings.ts';
import type { Database } from '../../../lib/domain.ts';
import { newState, type RunState } from '../../../lib/observations/run-state.ts';
import type { Config } from '../../../lib/settings/config.ts';
import { configFor } from '../invocations.ts';
import { a, addresses, healthy, host, instance, policy, port, seen } from '../scene.ts';

/* A database, its group, its load balancer and its function, all well. Tests spoil one thing. */

export const denied = { kind: 'denied', action: 'ec2:DescribeSubnets' } as const;

export const rule = (given: Partial<Rule>): Rule => ({
  protocol: 'tcp',
  fromPort: port,
  toPort: port,
  cidrs: [],
  groupIds: [],
  prefixListIds: [],
  ...given,
});

export const settings: GroupSettings = {
  targetType: 'ip',
  protocol: 'TCP',
  port,
  vpcId: 'vpc-1',
  loadBalancerArns: ['arn:balancer'],
  attributes: new Map([
    ['deregistration_delay.timeout_seconds', '0'],
    ['deregistration_delay.connection_termination.enabled', 'true'],
  ]),
};

export const balancer: LoadBalancer = {
  name: 'orders-nlb',
  zones: ['eu-central-1a', 'eu-central-1b'],
  subnetIds: ['subnet-a'],
  securityGroupIds: ['sg-balancer'],
  judgesPrivateLink: true,
  attributes: new Map([['load_balancing.cross_zone.enabled', 'true']]),
  ports: [5432],
};

export const network: DatabaseNetwork = {
  vpcId: 'vpc-1',
  zones: ['eu-central-1a', 'eu-central-1b'],
  securityGroupIds: ['sg-database'],
  engine: 'aurora-postgresql',
};

const open = rule({ cidrs: ['10.0.0.0/8'] });
export const groupsOf = (over: Readonly<Record<string, Partial<SecurityGroup>>> = {}) =>
  known(
    new Map(
      ['sg-balancer', 'sg-database', 'sg-function'].map((id) => [
        id,
        { id, ingress: [open], egress: [open], ...over[id] },
      ]),
    ),
  );

export const surroundings: Surroundings = {
  group: known(settings),
  loadBalancers: known([balancer]),
  databaseNetwork: known(network),
  loginLimits: known([]),
  securityGroups: groupsOf(),
  subnets: known(
    new Map([
      ['subnet-a', { id: 'subnet-a', zone: 'eu-central-1a', cidrs: ['10.0.8.0/24'] }],
      ['subnet-f', { id: 'subnet-f', zone: 'eu-central-1a', cidrs: ['10.0.9.0/24'] }],
    ]),
  ),
  place: known({ kind: 'vpc', subnetIds: ['subnet-f'], securityGroupIds: ['sg-function'] }),
  firings: known([
    { rule: { name: 'drift', state: 'ENABLED', schedule: 'rate(1 minute)' }, windowMinutes: 15, times: 14 },
  ]),
  successes: known(15),
  alarms: known([]),
  conversation: { target: a, protocol: 'postgres', spoken: { result: 'ok', said: 'PostgreSQL, with TLS' } },
  apiHosts: [{ host: 'rds.eu-central-1.amazonaws.com', addresses: ['10.0.7.7'] }],
};

/** What a run over an instance in sync gives. */
export const state: RunState = {
  ...newState(0),
  topology: {
    at: 0,
    pollIntervalMs: 0,
    observation: seen([{ id: 'orders', role: 'writer', status: 'available', endpoint: { host, port } }], {
      host,
      port,
    }),
  },
  lookups: { at: 0, answers: new Map([[host, addresses(a.ip)]]) },
  desired: { kind: 'targets', targets: [a], evidence: { complete: true, since: 0 } },
  observed: { readAt: 0, at: 0, targets: [healthy(a)] },
};

export const configOf = (database: Database = instance): Config =>
  configFor(database, { targetGroupArn: 'arn:group', policy: { ...policy, allowedCidrs: ['10.0.0.0/8'] } });

export const ok = (detail: string) => ({ result: 'ok', detail });
export const failed = (detail: string) => ({ result: 'failed', detail });
export const notChecked = (detail: string) => ({ result: 'not-checked', detail });
