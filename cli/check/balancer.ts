import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RDSClient } from '@aws-sdk/client-rds';
import { admittingGroupOf, serviceEntryOf, stackNameOf } from '../../infra/config/database-entry.ts';
import type { DatabaseEntry } from '../../infra/config/databases.ts';
import { createElbv2Settings } from '../../lib/adapters/elbv2-settings.ts';
import { createRdsParameters } from '../../lib/adapters/rds-parameters.ts';
import { admission } from '../../lib/doctor/admission.ts';
import { engineChecks } from '../../lib/doctor/engine-checks.ts';
import { groupChecks } from '../../lib/doctor/group-checks.ts';
import { loadBalancerChecks } from '../../lib/doctor/load-balancer-checks.ts';
import { known, type Reading } from '../../lib/doctor/reading.ts';
import type { DatabaseNetwork, Rule, Surroundings } from '../../lib/doctor/surroundings.ts';
import { failed, ok } from '../../lib/doctor/verdict.ts';
import type { Topology } from '../../lib/domain.ts';
import type { RunState } from '../../lib/observations/run-state.ts';
import { protocolOf } from '../../lib/protocols.ts';
import { zoneGap } from '../../lib/remarks.ts';
import type { Config } from '../../lib/settings/config.ts';
import { fileWords } from '../terminal/file-words.ts';
import { type Finding, fromDoctor, makesBalancer, notChecked } from './findings.ts';
import { detailsOf, type Ground } from './ground.ts';

/* The way from the load balancer to the database: the doctor's checks, of a group that exists, or of the one that a deployment would make. */

type Clients = {
  readonly rds: RDSClient;
  readonly elbv2: ElasticLoadBalancingV2Client;
  readonly ec2: Parameters<typeof detailsOf>[0];
};

type Subject = {
  readonly entry: DatabaseEntry;
  readonly config: Config;
  readonly state: RunState;
  readonly topology: Topology;
  readonly port: number;
  /** Whether there are few enough entries to ask for the parameters of each. */
  readonly isFew: boolean;
};

export async function balancerFindings(
  clients: Clients,
  subject: Subject,
  ground: Ground,
): Promise<readonly Finding[]> {
  const { entry, config, topology } = subject;
  const isMysql = protocolOf(topology.nature?.engine, subject.port) === 'mysql';
  const asks = isMysql && subject.isFew;
  const limits = asks ? await createRdsParameters(clients.rds, config.database).loginLimits() : undefined;
  const seen = surroundingsOf(subject, ground, limits);
  const login = 'max-connect-errors';
  const engine = asks
    ? fromDoctor(login, engineChecks(seen)[login], ['database'])
    : isMysql
      ? notChecked(login, ['database'], `rds-target check ${entry.name} reads its parameters`)
      : [];
  if (entry.targetGroupArn) return [...(await existing(clients, subject, seen)), ...engine];
  return [...(makesBalancer(entry) ? planned(subject, ground) : []), ...engine];
}

const notAsked: Reading<never> = { kind: 'unreadable', action: 'cloudwatch:DescribeAlarms', message: 'not asked' };

function surroundingsOf(
  { topology }: Subject,
  { rules, ranges }: Ground,
  loginLimits: Surroundings['loginLimits'],
): Surroundings {
  const { home, nature, securityGroups = [] } = topology;
  const network: DatabaseNetwork = {
    ...(home?.vpcId ? { vpcId: home.vpcId } : {}),
    ...(nature?.engine ? { engine: nature.engine } : {}),
    zones: [...new Set((home?.subnets ?? []).map(({ zone }) => zone))],
    securityGroupIds: securityGroups,
  };
  return {
    ...{ group: notAsked, loadBalancers: notAsked, successes: notAsked, alarms: notAsked },
    ...{ place: undefined, firings: undefined, conversation: undefined, apiHosts: [] },
    ...{ databaseNetwork: known(network), loginLimits, securityGroups: known(rules), subnets: known(ranges) },
  };
}

const ofGroup = ['group-type-ip', 'group-in-database-vpc', 'group-port', 'group-attributes'] as const;
const ofBalancer = [
  'load-balancer-forwards',
  'zones-cover-database',
  'cross-zone-on',
  'load-balancer-admits-consumers',
  'load-balancer-reaches-database',
  'database-admits-load-balancer',
] as const;

async function existing(clients: Clients, subject: Subject, seen: Surroundings): Promise<readonly Finding[]> {
  const { config, topology, port } = subject;
  const settings = createElbv2Settings(clients.elbv2, config.targetGroupArn);
  const group = await settings.group();
  const loadBalancers = group.kind === 'read' ? await settings.loadBalancers(group.value.loadBalancerArns) : group;
  const balancers = loadBalancers.kind === 'read' ? loadBalancers.value : [];
  const more = await detailsOf(
    clients.ec2,
    { value: new Map(balancers.flatMap(({ subnetIds }) => subnetIds.map((id) => [id, id] as const))) },
    { value: new Map(balancers.flatMap(({ securityGroupIds }) => securityGroupIds.map((id) => [id, id] as const))) },
  );
  const rules = new Map([...(seen.securityGroups.kind === 'read' ? seen.securityGroups.value : []), ...more.rules]);
  const around = { ...seen, group, loadBalancers, securityGroups: known(rules), subnets: known(more.ranges) };
  const state = withTarget(subject.state, topology, port, around);
  const verdicts = { ...groupChecks(config, state, around), ...loadBalancerChecks(state, around) };
  return [...ofGroup, ...ofBalancer].flatMap((check) => fromDoctor(check, verdicts[check], ['targetGroupArn']));
}

/** Some address of the database's subnets: rules are about ranges. */
function withTarget(state: RunState, { home }: Topology, port: number, { subnets }: Surroundings): RunState {
  const ranges = subnets.kind === 'read' ? subnets.value : new Map<string, { readonly cidrs: readonly string[] }>();
  const [range = '10.0.0.0/8'] = (home?.subnets ?? []).flatMap(({ id }) => ranges.get(id)?.cidrs ?? []);
  const targets = [{ ip: range.split('/')[0] ?? '', port }];
  return { ...state, desired: { kind: 'targets', targets, evidence: { complete: true, since: 0 } } };
}

/** The security group that the load balancer would get. */
const newGroup = 'new';

function planned({ entry, topology, port }: Subject, { rules, ranges }: Ground): readonly Finding[] {
  const balancer = serviceEntryOf(entry);
  const subnets = balancer.vpc?.subnets ?? [];
  // By EC2: where the file names another zone, that is told already.
  const zones = subnets.map(({ id, zone }) => ranges.get(id)?.zone ?? zone);
  const gap = zoneGap({ name: `of ${stackNameOf(balancer)}`, zones }, topology.home);
  const path = entry.loadBalancer ? ['endpointService', 'shared'] : ['vpc', 'subnets'];
  const verdict = gap ? failed(fileWords(gap, { name: entry.name, entry })) : ok(zones.join(', '));
  const covered = fromDoctor('zones-cover-database', verdict, path);
  const remedy = `Add a subnet in each missing zone to "${balancer.name}" in "loadBalancers", and deploy its stack.`;
  return [
    ...covered.map((one) => (one.remedy && entry.loadBalancer ? { ...one, remedy } : one)),
    ...plannedAdmission(entry, topology.securityGroups ?? [], port, { rules, ranges }),
  ];
}

function plannedAdmission(
  entry: DatabaseEntry,
  own: readonly string[],
  port: number,
  { rules, ranges }: Pick<Ground, 'rules' | 'ranges'>,
): readonly Finding[] {
  const { database, warmStandby } = entry;
  const { vpc } = serviceEntryOf(entry);
  const path = warmStandby ? ['warmStandby', 'securityGroupId'] : ['endpointService', 'databaseSecurityGroupId'];
  const admitting = admittingGroupOf(entry);
  const found = admitting === undefined ? undefined : rules.get(admitting);
  // That it does not exist is told already.
  if (admitting !== undefined && !found) return [];
  // The deployment adds this rule.
  const rule: Rule = {
    protocol: 'tcp',
    fromPort: port,
    toPort: port,
    cidrs: [],
    groupIds: [newGroup],
    prefixListIds: [],
  };
  const groups = found ? new Map([...rules, [found.id, { ...found, ingress: [...found.ingress, rule] }]]) : rules;
  const subnetIds = (vpc?.subnets ?? []).map(({ id }) => id).filter((id) => ranges.has(id));
  const side = { name: 'the load balancer', securityGroupIds: [newGroup], subnetIds };
  const findings = fromDoctor('database-admits-load-balancer', admission(own, side, port, groups, ranges), path);
  const which = 'id' in database ? database.id : 'the database';
  const remedy = `Write one that ${which} has: ${own.join(', ')}. The deployment adds the rule.`;
  return findings.map((one) => (one.result === 'failed' ? { ...one, remedy } : one));
}
