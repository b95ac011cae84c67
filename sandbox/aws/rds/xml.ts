import type { ZonedSubnet } from '../../../lib/nature.ts';
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
    VpcSecurityGroups: securityGroups(view),
    DBParameterGroups: {
      DBParameterGroup: { DBParameterGroupName: groupOf(view), ParameterApplyStatus: 'in-sync' },
    },
    AvailabilityZone: availabilityZone,
    SecondaryAvailabilityZone: secondaryAvailabilityZone,
    DBSubnetGroup: subnetGroup(view.subnets ?? subnetsOf(regionOf(arn)), vpcId),
    PreferredMaintenanceWindow: 'sun:04:00-sun:04:30',
    PendingModifiedValues: {},
    MultiAZ: view.multiAz,
    AutoMinorVersionUpgrade: true,
    ReadReplicaDBInstanceIdentifiers: {},
    LicenseModel: engine.includes('postgres') ? 'postgresql-license' : 'general-public-license',
    OptionGroupMemberships: {},
    PubliclyAccessible: view.publiclyAccessible ?? false,
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
    VpcSecurityGroups: securityGroups(members[0]),
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

const securityGroups = (view?: Pick<InstanceView, 'securityGroupIds'>): XmlValue => ({
  VpcSecurityGroupMembership: (view?.securityGroupIds ?? ['sg-0123456789abcdef0']).map((id) => ({
    VpcSecurityGroupId: id,
    Status: 'active',
  })),
});

const SUBNET_GROUP_NAME = 'sandbox';

const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

const subnetsOf = (region: string): readonly ZonedSubnet[] =>
  ['a', 'b', 'c'].map((letter, index) => ({ id: `subnet-0123456789abcdef${index + 1}`, zone: `${region}${letter}` }));

const subnet = ({ id, zone }: ZonedSubnet): XmlValue => ({
  SubnetIdentifier: id,
  SubnetAvailabilityZone: { Name: zone },
  SubnetOutpost: {},
  SubnetStatus: 'Active',
});

const subnetGroup = (subnets: readonly ZonedSubnet[], vpcId: string): XmlValue => ({
  DBSubnetGroupName: SUBNET_GROUP_NAME,
  DBSubnetGroupDescription: 'The private subnets',
  VpcId: vpcId,
  SubnetGroupStatus: 'Complete',
  Subnets: { Subnet: subnets.map(subnet) },
});

/** What a database's parameter group depends on. */
type Grouped = { readonly engine: string; readonly engineVersion: string; readonly parameterGroup?: string };

/** `postgres17`, `mysql8.4`, `aurora-mysql8.0`: the engine with as much of its version as a family has. */
function familyOf({ engine, engineVersion }: Grouped): string {
  const [major = '', minor = ''] = engineVersion.split('.');
  return engine.includes('postgres') ? engine + major : `${engine}${major}.${minor}`;
}

const groupOf = (database: Grouped): string => database.parameterGroup ?? `default.${familyOf(database)}`;
