import type { ClusterView, InstanceView } from '../../world/database/view.ts';
import type { XmlValue } from '../../world/types.ts';
import { groupOf } from './parameters/groups.ts';
import { SUBNET_GROUP_NAME, VPC_SECURITY_GROUPS } from './vpc-xml.ts';

const HOSTED_ZONE_ID = 'Z1RLNUO7B9Q6NB';

/** `<DBCluster>` as DescribeDBClusters gives it. */
export function clusterXml(view: ClusterView, members: readonly InstanceView[], status = view.status): XmlValue {
  const zones = [...new Set(members.map(({ availabilityZone }) => availabilityZone))];
  return {
    AllocatedStorage: 1,
    AvailabilityZones: { AvailabilityZone: zones },
    BackupRetentionPeriod: 7,
    DBClusterIdentifier: view.id,
    DBClusterParameterGroup: groupOf(view),
    DBSubnetGroup: SUBNET_GROUP_NAME,
    Status: status,
    Endpoint: view.endpoint,
    ReaderEndpoint: view.readerEndpoint,
    MultiAZ: zones.length > 1,
    Engine: view.engine,
    EngineVersion: view.engineVersion,
    Port: view.port,
    MasterUsername: view.engine.includes('postgres') ? 'postgres' : 'admin',
    PreferredBackupWindow: '03:00-03:30',
    PreferredMaintenanceWindow: 'sun:04:00-sun:04:30',
    ReadReplicaIdentifiers: {},
    DBClusterMembers: {
      DBClusterMember: members.map(({ id, isWriter }) => ({
        DBInstanceIdentifier: id,
        IsClusterWriter: isWriter,
        DBClusterParameterGroupStatus: 'in-sync',
        PromotionTier: 1,
      })),
    },
    VpcSecurityGroups: VPC_SECURITY_GROUPS,
    HostedZoneId: HOSTED_ZONE_ID,
    StorageEncrypted: true,
    DbClusterResourceId: view.resourceId,
    DBClusterArn: view.arn,
    AssociatedRoles: {},
    IAMDatabaseAuthenticationEnabled: false,
    ClusterCreateTime: '2025-01-15T09:30:00.000Z',
    EngineMode: 'provisioned',
    DeletionProtection: true,
    HttpEndpointEnabled: false,
    CopyTagsToSnapshot: false,
    CrossAccountClone: false,
    DomainMemberships: {},
    TagList: {},
    AutoMinorVersionUpgrade: true,
    NetworkType: view.networkType,
  };
}
