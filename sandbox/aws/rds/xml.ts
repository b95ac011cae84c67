import type { ClusterView, InstanceView } from '../../world/database/view.ts';
import type { XmlValue } from '../wire/xml.ts';
import type { Inventory } from './inventory.ts';

/** `<DBInstance>` as DescribeDBInstances gives it, with `status` in place of the view's when given. */
export function instanceXml(view: InstanceView, { vpcId }: Pick<Inventory, 'vpcId'>, status = view.status): XmlValue {
  const { id, arn, resourceId, clusterId, engine, endpoint, availabilityZone, secondaryAvailabilityZone } = view;
  return {
    DBInstanceIdentifier: id,
    DBInstanceClass: 'db.r7g.large',
    Engine: engine,
    EngineVersion: view.engineVersion,
    DBInstanceStatus: status,
    MasterUsername: engine.includes('postgres') ? 'postgres' : 'admin',
    ...(endpoint ? { Endpoint: { Address: endpoint.address, Port: endpoint.port, HostedZoneId: HOSTED_ZONE_ID } } : {}),
    AllocatedStorage: clusterId ? 1 : 100,
    InstanceCreateTime: '2025-01-15T09:30:00.000Z',
    PreferredBackupWindow: '03:00-03:30',
    BackupRetentionPeriod: 7,
    DBSecurityGroups: {},
    VpcSecurityGroups: VPC_SECURITY_GROUPS,
    DBParameterGroups: {
      DBParameterGroup: { DBParameterGroupName: groupOf(view), ParameterApplyStatus: 'in-sync' },
    },
    AvailabilityZone: availabilityZone,
    SecondaryAvailabilityZone: secondaryAvailabilityZone,
    DBSubnetGroup: subnetGroup(regionOf(arn), vpcId),
    PreferredMaintenanceWindow: 'sun:04:00-sun:04:30',
    PendingModifiedValues: {},
    MultiAZ: view.multiAz,
    AutoMinorVersionUpgrade: true,
    ReadReplicaDBInstanceIdentifiers: {},
    LicenseModel: engine.includes('postgres') ? 'postgresql-license' : 'general-public-license',
    OptionGroupMemberships: {},
    PubliclyAccessible: false,
    StorageType: clusterId ? 'aurora' : 'gp3',
    DbInstancePort: 0,
    DBClusterIdentifier: clusterId,
    StorageEncrypted: true,
    DbiResourceId: resourceId,
    CACertificateIdentifier: 'rds-ca-rsa2048-g1',
    DomainMemberships: {},
    CopyTagsToSnapshot: false,
    MonitoringInterval: 0,
    ...(clusterId ? { PromotionTier: 1 } : {}),
    DBInstanceArn: arn,
    IAMDatabaseAuthenticationEnabled: false,
    DeletionProtection: true,
    AssociatedRoles: {},
    TagList: {},
    NetworkType: view.networkType,
  };
}

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

// Route 53's zone for RDS endpoints; the same for every database of a region.
const HOSTED_ZONE_ID = 'Z1RLNUO7B9Q6NB';

const VPC_SECURITY_GROUPS: XmlValue = {
  VpcSecurityGroupMembership: { VpcSecurityGroupId: 'sg-0123456789abcdef0', Status: 'active' },
};

const SUBNET_GROUP_NAME = 'sandbox';

const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

const subnet = (region: string, letter: string, index: number): XmlValue => ({
  SubnetIdentifier: `subnet-0123456789abcdef${index}`,
  SubnetAvailabilityZone: { Name: `${region}${letter}` },
  SubnetOutpost: {},
  SubnetStatus: 'Active',
});

const subnetGroup = (region: string, vpcId: string): XmlValue => ({
  DBSubnetGroupName: SUBNET_GROUP_NAME,
  DBSubnetGroupDescription: 'The private subnets',
  VpcId: vpcId,
  SubnetGroupStatus: 'Complete',
  Subnets: { Subnet: ['a', 'b', 'c'].map((letter, index) => subnet(region, letter, index + 1)) },
});

/** What a database's parameter group depends on. */
type Grouped = { readonly engine: string; readonly engineVersion: string; readonly parameterGroup?: string };

/** `postgres17`, `mysql8.4`, `aurora-mysql8.0`: the engine with as much of its version as a family has. */
function familyOf({ engine, engineVersion }: Grouped): string {
  const [major = '', minor = ''] = engineVersion.split('.');
  return engine.includes('postgres') ? engine + major : `${engine}${major}.${minor}`;
}

const groupOf = (database: Grouped): string => database.parameterGroup ?? `default.${familyOf(database)}`;
