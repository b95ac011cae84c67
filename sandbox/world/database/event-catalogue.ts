/** `detail.SourceType` as EventBridge carries it. */
export type EventSourceType = 'DB_INSTANCE' | 'CLUSTER' | 'BLUE_GREEN_DEPLOYMENT' | 'DB_PROXY';

export type EventDefinition = {
  readonly sourceType: EventSourceType;
  readonly category: string;
  /** `{…}` stands for a value of the event, for example `{name}`. */
  readonly message: string;
};

type Row = readonly [id: string, category: string, message: string];

// The wording is AWS's: "Amazon RDS event categories and event messages", User Guide and Aurora User Guide.
const INSTANCE: readonly Row[] = [
  ['0003', 'deletion', 'DB instance deleted.'],
  ['0004', 'availability', 'DB instance shutdown.'],
  ['0005', 'creation', 'DB instance created.'],
  ['0006', 'availability', 'DB instance restarted.'],
  ['0013', 'failover', 'Multi-AZ instance failover started.'],
  ['0014', 'configuration change', 'Finished applying modification to DB instance class.'],
  ['0015', 'failover', 'Multi-AZ failover to standby complete - DNS propagation may take a few minutes.'],
  ['0018', 'configuration change', 'Applying modification to allocated storage.'],
  ['0019', 'restoration', 'Restored from DB instance {source} to {name}.'],
  ['0021', 'recovery', 'Recovery of the DB instance is complete.'],
  ['0022', 'availability', 'Error restarting mysql: {message}.'],
  ['0025', 'configuration change', 'Finished applying modification to convert to a Multi-AZ DB instance.'],
  ['0026', 'maintenance', 'Applying off-line patches to DB instance.'],
  ['0027', 'maintenance', 'Finished applying off-line patches to DB instance.'],
  ['0030', 'configuration change', 'Applying modification to convert to a standard (Single-AZ) DB instance.'],
  [
    '0034',
    'failover',
    'Abandoning user requested failover since a failover recently occurred on the database instance.',
  ],
  ['0043', 'restoration', 'Restored from snapshot {name}.'],
  ['0047', 'maintenance', 'Database instance patched.'],
  ['0049', 'failover', 'Multi-AZ instance failover completed.'],
  ['0050', 'failover', 'Multi-AZ instance activation started.'],
  ['0051', 'failover', 'Multi-AZ instance activation completed.'],
  ['0052', 'recovery', 'Multi-AZ instance recovery started.'],
  ['0053', 'recovery', 'Multi-AZ instance recovery completed. Pending failover or activation.'],
  ['0065', 'failover', 'Recovered from partial failover.'],
  ['0087', 'notification', 'DB instance stopped.'],
  ['0088', 'notification', 'DB instance started.'],
  ['0154', 'notification', 'DB instance is being started due to it exceeding the maximum allowed time being stopped.'],
  [
    '0221',
    'availability',
    'DB instance has reached the storage-full threshold, and the database has been shut down. You can increase the allocated storage to address this issue.',
  ],
  ['0233', 'read replica', 'The Switchover to the read replica started.'],
  ['0385', 'notification', 'Cluster topology is updated.'],
  [
    '0419',
    'availability',
    'Amazon RDS has been unable to access the KMS encryption key for database instance {name}. This database will be placed into an inaccessible state. Please refer to the troubleshooting section in the Amazon RDS documentation for further details.',
  ],
  ['0422', 'maintenance', 'RDS will replace the host of DB instance {name} due to a pending maintenance action.'],
];

const CLUSTER: readonly Row[] = [
  ['0069', 'failover', 'Cluster failover failed, check the health of your cluster instances and try again.'],
  ['0070', 'failover', 'Promoting previous primary again: {name}.'],
  ['0071', 'failover', 'Completed failover to DB instance: {name}.'],
  ['0072', 'failover', 'Started same AZ failover to DB instance: {name}.'],
  ['0073', 'failover', 'Started cross AZ failover to DB instance: {name}.'],
  ['0150', 'notification', 'DB cluster stopped.'],
  ['0151', 'notification', 'DB cluster started.'],
  ['0153', 'notification', 'DB cluster is being started due to it exceeding the maximum allowed time being stopped.'],
  ['0171', 'deletion', 'DB cluster deleted.'],
  ['0172', 'notification', 'Renamed cluster from {source} to {name}.'],
  ['0181', 'global failover', 'Global switchover to DB cluster {name} in Region {region} started.'],
  ['0182', 'global failover', 'Old primary DB cluster {name} in Region {region} successfully shut down.'],
  [
    '0183',
    'global failover',
    'Waiting for data synchronization across global cluster members. Current lags behind primary DB cluster: {message}.',
  ],
  ['0184', 'global failover', 'New primary DB cluster {name} in Region {region} was successfully promoted.'],
  ['0185', 'global failover', 'Global switchover to DB cluster {name} in Region {region} finished.'],
  ['0186', 'global failover', 'Global switchover to DB cluster {name} in Region {region} is cancelled.'],
  ['0187', 'global failover', 'Global switchover to DB cluster {name} in Region {region} failed.'],
  ['0238', 'global failover', 'Global failover to DB cluster {name} in Region {region} completed.'],
  ['0239', 'global failover', 'Global failover to DB cluster {name} in Region {region} failed.'],
  [
    '0240',
    'global failover',
    'Started resynchronizing members of DB cluster {name} in Region {region} after global failover.',
  ],
  [
    '0241',
    'global failover',
    'Finished resynchronizing members of DB cluster {name} in Region {region} after global failover.',
  ],
  ['0397', 'global failover', 'Aurora finished changing the DNS name that the global writer endpoint resolves to.'],
  [
    '0423',
    'global failover',
    'Waiting for data synchronization with the target DB cluster. Current target DB cluster lag behind the primary DB cluster: {message}.',
  ],
];

const BLUE_GREEN: readonly Row[] = [
  ['0247', 'notification', 'Switchover from {blue} to {green} started.'],
  ['0248', 'notification', 'Switchover completed on blue/green deployment.'],
  ['0249', 'failure', 'Switchover canceled on blue/green deployment.'],
  ['0250', 'notification', 'Switchover from primary/read replica {blue} to {green} started.'],
  [
    '0251',
    'notification',
    'Switchover from primary/read replica {blue} to {green} completed. Renamed {blue} to {blue}-old and {green} to {blue}.',
  ],
  ['0252', 'failure', 'Switchover from primary/read replica {blue} to {green} was canceled due to {message}.'],
  ['0259', 'notification', 'Switchover from DB cluster {blue} to {green} started.'],
  [
    '0260',
    'notification',
    'Switchover from DB cluster {blue} to {green} completed. Renamed {blue} to {blue}-old and {green} to {blue}.',
  ],
  ['0261', 'failure', 'Switchover from DB cluster {blue} to {green} was canceled due to {message}.'],
];

const PROXY: readonly Row[] = [
  ['0204', 'configuration change', 'RDS modified DB proxy {name}.'],
  ['0207', 'configuration change', 'RDS modified the end point of the DB proxy {name}.'],
];

const defined = (sourceType: EventSourceType, rows: readonly Row[]) =>
  rows.map(([id, category, message]) => [`RDS-EVENT-${id}`, { sourceType, category, message }] as const);

/** Event id (`RDS-EVENT-0013`) → definition, for every event that concerns the address of a database. */
export const EVENT_CATALOGUE: ReadonlyMap<string, EventDefinition> = new Map([
  ...defined('DB_INSTANCE', INSTANCE),
  ...defined('CLUSTER', CLUSTER),
  ...defined('BLUE_GREEN_DEPLOYMENT', BLUE_GREEN),
  ...defined('DB_PROXY', PROXY),
]);
