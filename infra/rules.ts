import type { Stack } from 'aws-cdk-lib';
import type { EventPattern } from 'aws-cdk-lib/aws-events';
import { catalogue, eventId } from '../lib/rds-events.ts';
import type { FollowedDatabase } from './followed-database.ts';

/** One EventBridge rule; `id` is its construct id. */
export type EventRule = { readonly id: string; readonly description: string; readonly pattern: EventPattern };

/**
 * The rules that wake the failover function for a database. `resources` carries the ARN of the event's subject; it is what to filter
 * by, since `detail.SourceIdentifier` has a prefix in some of AWS's samples ("rds:my-db-instance").
 */
export function eventRules(database: FollowedDatabase, stack: Stack): readonly EventRule[] {
  const ofInstance = () => instanceEvents({ resources: [database.arnIn(stack, 'db')] });
  const ofCluster = () => clusterEvents({ resources: [database.arnIn(stack, 'cluster')] });
  switch (database.kind) {
    case 'instance':
      return [ofInstance(), blueGreenEvents()];
    case 'cluster':
      // Members come and go, so no pattern can name them: the function asks the topology whether an instance is one.
      return [ofCluster(), instanceEvents({}), blueGreenEvents()];
    case 'hostname':
      return [
        ...(database.identifier ? [ofInstance(), ofCluster(), blueGreenEvents()] : []),
        ...(database.proxyName ? [proxyEvents(database.proxyName)] : []),
      ];
  }
}

const idsOf = (detailType: string): string[] =>
  Object.values(catalogue[detailType] ?? {})
    .flat()
    .sort((a, b) => a - b)
    .map(eventId);

const patternOf = (detailType: string, { detail, ...rest }: EventPattern): EventPattern => ({
  source: ['aws.rds'],
  detailType: [detailType],
  ...rest,
  detail: { EventID: idsOf(detailType), ...detail },
});

const instanceEvents = (filter: EventPattern): EventRule => ({
  id: 'InstanceEvents',
  description: 'DB instance events that may change the address of the database',
  pattern: patternOf('RDS DB Instance Event', filter),
});

const clusterEvents = (filter: EventPattern): EventRule => ({
  id: 'ClusterEvents',
  description: 'DB cluster events that may change the writer of the database',
  pattern: patternOf('RDS DB Cluster Event', filter),
});

/** The resource of these is the deployment, never the database. */
const blueGreenEvents = (): EventRule => ({
  id: 'BlueGreenEvents',
  description: 'Switchovers of blue/green deployments; their events do not name the database',
  pattern: patternOf('RDS Blue Green Deployment Event', {}),
});

/** The ARN of a proxy holds an id that the proxy's name does not tell, so the name decides. */
const proxyEvents = (proxyName: string): EventRule => ({
  id: 'ProxyEvents',
  description: 'Changes of the endpoint of the RDS Proxy',
  pattern: patternOf('RDS DB Proxy Event', { detail: { SourceIdentifier: [proxyName] } }),
});
