import type { InstanceView } from '../../world/database/view.ts';
import type { XmlValue } from '../../world/types.ts';
import type { Inventory } from './inventory.ts';
import { groupOf } from './parameters/groups.ts';
import { regionOf, subnetGroup, VPC_SECURITY_GROUPS } from './vpc-xml.ts';

// Route 53's zone for RDS endpoints; the same for every database of a region.
const HOSTED_ZONE_ID = 'Z1RLNUO7B9Q6NB';

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
