import type { SandboxClock } from '../../world/clock.ts';
import type { Database } from '../../world/database/types.ts';
import type { DatabaseView, InstanceView } from '../../world/database/view.ts';
import type { Journal } from '../../world/journal.ts';
import { home } from '../../world/network.ts';
import { booleanParam, requiredParam } from '../wire/params.ts';
import type { Operation, QueryParams, Service } from '../wire/query.ts';
import { describeClusterEndpoints, describeClusters, describeInstances } from './describe.ts';
import { describeEvents } from './describe-events.ts';
import {
  clusterNotFound,
  instanceExists,
  instanceNotFound,
  invalidClusterState,
  invalidInstanceState,
  invalidParameterCombination,
  invalidParameterValue,
} from './faults.ts';
import { bystanders, createInventory, type Inventory, sameId } from './inventory.ts';
import { createParameterGroups, describeParameters, type ParameterGroups } from './parameters.ts';
import { clusterXml, instanceXml } from './xml.ts';

type RdsOptions = {
  readonly databases: () => readonly Database[];
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly region?: string;
  readonly account?: string;
  /** The VPC of every DB instance. */
  readonly vpcId?: string;
  /** For tests that change parameters. */
  readonly parameterGroups?: ParameterGroups;
  /** How many DB instances of others the account has. */
  readonly extra?: number;
  /** Databases of others as the API shows them. They are described, and nothing else can be done with them. */
  readonly others?: readonly DatabaseView[];
};

/** The RDS API over the lagging views of the sandbox's databases. */
export function createRds(options: RdsOptions): { readonly service: Service } {
  const {
    databases,
    clock,
    journal,
    vpcId = 'vpc-0123456789abcdef0',
    region = home.region,
    account = home.account,
    extra = 0,
    others = [],
  } = options;
  const { instances, clusters } = options.parameterGroups ?? createParameterGroups();
  const inventory = createInventory(databases, [{ instances: bystanders(extra, region, account) }, ...others], vpcId);
  return {
    service: {
      name: 'rds',
      version: '2014-10-31',
      xmlNamespace: 'http://rds.amazonaws.com/doc/2014-10-31/',
      operations: {
        DescribeDBInstances: describeInstances(inventory),
        DescribeDBClusters: describeClusters(inventory),
        DescribeDBClusterEndpoints: describeClusterEndpoints(inventory),
        DescribeEvents: describeEvents(databases, clock),
        DescribeDBParameters: describeParameters(instances, 'DBParameterGroupName'),
        DescribeDBClusterParameters: describeParameters(clusters, 'DBClusterParameterGroupName'),
        RebootDBInstance: rebootInstance(inventory, journal),
        FailoverDBCluster: failoverCluster(inventory, journal),
        ModifyDBInstance: modifyInstance(inventory, journal),
        StopDBInstance: moveInstance('Stop', inventory, journal),
        StartDBInstance: moveInstance('Start', inventory, journal),
        StopDBCluster: moveCluster('Stop', inventory, journal),
        StartDBCluster: moveCluster('Start', inventory, journal),
      },
    },
  };
}

type Found = { readonly database: Database; readonly instance: InstanceView };

function findInstance(inventory: Inventory, params: QueryParams): Found {
  const id = requiredParam(params, 'DBInstanceIdentifier');
  const database = inventory.ownerOf(id);
  const instance = database?.describe().instances.find((candidate) => sameId(candidate.id, id));
  if (!database || !instance) throw instanceNotFound(id);
  return { database, instance };
}

// The API answers at once and the work goes on; a later failure can only go to the journal.
const inBackground = (journal: Journal, action: string, work: Promise<unknown>) =>
  void work.catch((error: unknown) => journal.write('rds', 'action-failed', { action, error: String(error) }));

const whenAvailable = ({ database, instance }: Found) => {
  if (!database.writer().up || instance.status !== 'available') {
    throw invalidInstanceState(`Instance ${instance.id} is not in available state.`);
  }
};

const rebootInstance =
  (inventory: Inventory, journal: Journal): Operation =>
  (params) => {
    const found = findInstance(inventory, params);
    const { database, instance } = found;
    const force = booleanParam(params, 'ForceFailover') ?? false;
    if (force && !instance.multiAz) {
      throw invalidInstanceState(`Instance ${instance.id} is not Multi-AZ; it can't be rebooted with a failover.`);
    }
    whenAvailable(found);
    const work = force ? database.failover({ cause: 'reboot' }) : database.restart(instance.id);
    inBackground(journal, 'RebootDBInstance', work);
    return { DBInstance: instanceXml(instance, inventory, 'rebooting') };
  };

const failoverCluster =
  (inventory: Inventory, journal: Journal): Operation =>
  (params) => {
    const id = requiredParam(params, 'DBClusterIdentifier');
    const database = inventory.clusterOf(id);
    const shown = inventory.clusters().find(({ cluster }) => sameId(cluster.id, id));
    if (!database || !shown) throw clusterNotFound(id);
    const target = params.get('TargetDBInstanceIdentifier');
    const member = target && Object.keys(database.names().instances).find((name) => sameId(name, target));
    if (target && !member) throw instanceNotFound(target);
    if (!database.writer().up || shown.cluster.status !== 'available') {
      throw invalidClusterState(`DB cluster ${id} is not in available state.`);
    }
    if (Object.keys(database.names().instances).length < 2) {
      throw invalidClusterState(`DB cluster ${id} has no reader to fail over to.`);
    }
    if (member === database.writer().memberId) throw invalidInstanceState(`${member} is the writer already.`);
    const request = { cause: 'failover', ...(member ? { target: member } : {}) } as const;
    inBackground(journal, 'FailoverDBCluster', database.failover(request));
    return { DBCluster: clusterXml(shown.cluster, shown.members, 'failing-over') };
  };

const PORTS = { min: 1150, max: 65535 };

function portParam(params: QueryParams): number | undefined {
  const text = params.get('DBPortNumber');
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= PORTS.min && port <= PORTS.max) return port;
  throw invalidParameterValue(`Invalid value ${text} for DBPortNumber. Must be between ${PORTS.min} and ${PORTS.max}`);
}

// "Naming constraints in Amazon RDS" of the user guide, in the words of the API.
function newIdentifierParam(params: QueryParams, inventory: Inventory): string | undefined {
  const given = params.get('NewDBInstanceIdentifier');
  if (given === undefined) return undefined;
  if (!/^[A-Za-z](?!.*--)[A-Za-z0-9-]{0,62}$/.test(given) || given.endsWith('-')) {
    const rule = 'must begin with a letter; must contain only ASCII letters, digits, and hyphens';
    throw invalidParameterValue(
      `The parameter NewDBInstanceIdentifier is not a valid identifier. Identifiers ${rule}; and must not end with a hyphen or contain two consecutive hyphens.`,
    );
  }
  if (inventory.instances().some(({ id }) => sameId(id, given))) throw instanceExists(given);
  return given.toLowerCase();
}

const modifyInstance =
  (inventory: Inventory, journal: Journal): Operation =>
  (params) => {
    const found = findInstance(inventory, params);
    const { database, instance } = found;
    const port = portParam(params);
    const newId = newIdentifierParam(params, inventory);
    if (port !== undefined && database.kind === 'cluster') {
      throw invalidParameterCombination('The port of an Aurora DB instance is the port of its DB cluster.');
    }
    whenAvailable(found);
    // A new port restarts the database at once, whatever ApplyImmediately says; a new name waits for the window without it.
    if (port !== undefined) inBackground(journal, 'ModifyDBInstance', database.modifyPort(port));
    if (newId && (booleanParam(params, 'ApplyImmediately') ?? false)) {
      inBackground(journal, 'ModifyDBInstance', database.renameMember(instance.id, newId));
    }
    return { DBInstance: instanceXml(instance, inventory, port === undefined ? instance.status : 'modifying') };
  };

type Move = 'Stop' | 'Start';

// The status that a database needs, and the one that it gets.
const moves = {
  Stop: { from: 'available', to: 'stopping', work: 'stop' },
  Start: { from: 'stopped', to: 'starting', work: 'start' },
} as const;

/** StopDBInstance and StartDBInstance. */
const moveInstance =
  (move: Move, inventory: Inventory, journal: Journal): Operation =>
  (params) => {
    const { database, instance } = findInstance(inventory, params);
    const { from, to, work } = moves[move];
    // In AWS's words, as aws-solutions/instance-scheduler-on-aws#208 has them.
    if (instance.clusterId)
      throw invalidParameterCombination(`${instance.engine} DB instances are not eligible for stopping and starting.`);
    if (instance.status !== from) throw invalidInstanceState(`Instance ${instance.id} is not in ${from} state.`);
    inBackground(journal, `${move}DBInstance`, database[work]());
    return { DBInstance: instanceXml(instance, inventory, to) };
  };

/** StopDBCluster and StartDBCluster. */
const moveCluster =
  (move: Move, inventory: Inventory, journal: Journal): Operation =>
  (params) => {
    const id = requiredParam(params, 'DBClusterIdentifier');
    const database = inventory.clusterOf(id);
    const shown = inventory.clusters().find(({ cluster }) => sameId(cluster.id, id));
    if (!database || !shown) throw clusterNotFound(id);
    const { from, to, work } = moves[move];
    if (shown.cluster.status !== from)
      throw invalidClusterState(
        `DbCluster ${id} is in ${shown.cluster.status} state but expected it to be one of ${from}.`,
      );
    inBackground(journal, `${move}DBCluster`, database[work]());
    return { DBCluster: clusterXml(shown.cluster, shown.members, to) };
  };
