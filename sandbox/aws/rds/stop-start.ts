import type { Journal } from '../../world/journal.ts';
import type { Operation } from '../../world/types.ts';
import { requiredParam } from '../wire/params.ts';
import { findInstance, inBackground } from './actions.ts';
import { clusterXml } from './cluster-xml.ts';
import { clusterNotFound, invalidClusterState, invalidInstanceState, invalidParameterCombination } from './faults.ts';
import { instanceXml } from './instance-xml.ts';
import { type Inventory, sameId } from './inventory.ts';

type Move = 'Stop' | 'Start';

// What a database has to be, and is from then on.
const moves = {
  Stop: { from: 'available', to: 'stopping', work: 'stop' },
  Start: { from: 'stopped', to: 'starting', work: 'start' },
} as const;

/** StopDBInstance and StartDBInstance. */
export const moveInstance =
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
export const moveCluster =
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
