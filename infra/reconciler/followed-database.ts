import { Annotations, type Stack, Token, Tokenization } from 'aws-cdk-lib';
import type { IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { IDatabaseCluster, IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { Database } from '../../lib/domain.ts';
import { proxyOfHost } from '../../lib/partitions.ts';
import { checkIdentifiers } from '../placement/checks.ts';
import { isPlaceholder } from '../placement/lookups.ts';
import { rdsArn } from './rds-arn.ts';

/** What is known of a database at deployment. A database of the same app provides it itself. */
export interface KnownEndpoint {
  /**
   * DNS name of its endpoint, a cluster's writer endpoint, used while the RDS API does not answer.
   * @default - nothing changes while the RDS API does not answer
   */
  readonly endpointAddress?: string;
  /**
   * Port of its endpoint, used with `endpointAddress`.
   * @default - `targetPort` of the reconciler
   */
  readonly port?: number;
  /**
   * Its security groups, used while the RDS API does not report them: a cluster is then followed only where its address carries one.
   * @default - none
   */
  readonly securityGroupIds?: readonly string[];
}

/** A DB instance by its identifier. */
export interface InstanceReference extends KnownEndpoint {
  /** DB instance identifier. */
  readonly instanceIdentifier: string;
  /**
   * ARN of the DB instance.
   * @default - formed with the identifier and the account and Region of the stack
   */
  readonly arn?: string;
  /**
   * Whether to follow this instance although it is a cluster's member, and may be a reader after a failover.
   * @default false, and a member is not registered
   */
  readonly member?: boolean;
  /**
   * Its engine, such as `postgres`: what it cannot do is then refused at synth.
   * @default - not known
   */
  readonly engine?: string;
}

/** A DB cluster (Aurora or Multi-AZ) by its identifier. */
export interface ClusterReference extends KnownEndpoint {
  /** DB cluster identifier. */
  readonly clusterIdentifier: string;
  /**
   * Identifier of the custom endpoint whose members are the targets, for the role `custom`.
   * @default none
   */
  readonly customEndpointIdentifier?: string;
  /**
   * How the identifiers of all its DB instances begin, best those of no other: only events about such instances then wake the function.
   * @default - events about every DB instance of the account do
   */
  readonly memberPrefix?: string;
  /**
   * ARN of the DB cluster.
   * @default - formed with the identifier and the account and Region of the stack
   */
  readonly arn?: string;
}

/** A DNS name whose every address belongs in the group. */
export interface HostnameReference {
  /** DNS name to follow. */
  readonly hostname: string;
  /** Port that targets are registered with. */
  readonly port: number;
  /**
   * Name of the RDS Proxy that the name belongs to; its events then wake the failover function.
   * @default - taken from the name when it is the default endpoint of a proxy (`NAME.proxy-….rds.amazonaws.com`)
   */
  readonly proxyName?: string;
  /**
   * Identifier of a DB instance or DB cluster behind the name; its events then wake the failover function.
   * @default - only the schedule, and the events of a proxy, wake the functions
   */
  readonly identifier?: string;
  /**
   * Security groups of the service behind the name, in this account and Region: only an address whose network interface carries one enters.
   * @default - none, and addresses are not verified
   */
  readonly securityGroupIds?: readonly string[];
}

type KnownOfCluster = KnownEndpoint & Pick<ClusterReference, 'customEndpointIdentifier' | 'memberPrefix'>;

type Fields = Omit<FollowedDatabase, 'arnIn'> & { readonly arn?: string };

/** The database that a reconciler follows. */
export class FollowedDatabase {
  /** One DB instance, Single-AZ or Multi-AZ. */
  static instance(instance: IDatabaseInstance | InstanceReference): FollowedDatabase {
    if (!('node' in instance)) {
      const { instanceIdentifier, arn } = instance;
      return new FollowedDatabase({
        kind: 'instance',
        identifier: instanceIdentifier,
        arn,
        endpoint: endpointOf(instance),
        member: instance.member,
        engine: instance.engine,
        securityGroupIds: instance.securityGroupIds,
      });
    }
    const { instanceIdentifier, instanceArn, dbInstanceEndpointAddress, dbInstanceEndpointPort } = instance;
    return new FollowedDatabase({
      kind: 'instance',
      identifier: instanceIdentifier,
      arn: instanceArn,
      endpoint: lookedUp(`${dbInstanceEndpointAddress}:${dbInstanceEndpointPort}`),
      engine: instance.engine?.engineType,
      securityGroupIds: groupsOf(instance),
    });
  }

  /**
   * An Aurora or Multi-AZ DB cluster.
   * @param known the custom endpoint, the members' prefix, and the endpoint where CDK does not keep it: imported without a port
   */
  static cluster(cluster: IDatabaseCluster | ClusterReference, known: KnownOfCluster = {}): FollowedDatabase {
    const isConstruct = 'node' in cluster;
    return new FollowedDatabase({
      kind: 'cluster',
      customEndpoint: known.customEndpointIdentifier ?? (isConstruct ? undefined : cluster.customEndpointIdentifier),
      memberPrefix: known.memberPrefix ?? (isConstruct ? undefined : cluster.memberPrefix),
      identifier: cluster.clusterIdentifier,
      arn: isConstruct ? cluster.clusterArn : cluster.arn,
      endpoint: endpointOf(known) ?? (isConstruct ? clusterEndpointOf(cluster) : endpointOf(cluster)),
      securityGroupIds: known.securityGroupIds ?? (isConstruct ? groupsOf(cluster) : cluster.securityGroupIds),
    });
  }

  /** Every address of a DNS name: an RDS Proxy, Redshift, anything. */
  static hostname({ hostname, port, proxyName, identifier, securityGroupIds }: HostnameReference): FollowedDatabase {
    return new FollowedDatabase({
      kind: 'hostname',
      hostname,
      port,
      identifier,
      proxyName: proxyName ?? proxyOfHost(hostname).proxy,
      securityGroupIds,
    });
  }

  /** What is followed. */
  readonly kind!: Database['kind'];
  /** Identifier of the DB instance or DB cluster, in lower case as in ARNs and events. */
  readonly identifier?: string;
  /** `host` or `host:port`, as known at deployment. */
  readonly endpoint?: string;
  /** The DNS name that is followed. */
  readonly hostname?: string;
  /** Port that belongs to `hostname`. */
  readonly port?: number;
  /** Name of the RDS Proxy behind `hostname`. */
  readonly proxyName?: string;
  /** Whether to follow the instance although it is a cluster's member. */
  readonly member?: boolean;
  /** Identifier of the custom endpoint whose members are the targets. */
  readonly customEndpoint?: string;
  /** How the identifiers of the cluster's DB instances begin, in lower case as in ARNs and events. */
  readonly memberPrefix?: string;
  /** Engine, as RDS names it: `postgres`, `sqlserver-se`. */
  readonly engine?: string;
  /** Security groups of the database. */
  readonly securityGroupIds?: readonly string[];
  private readonly arn?: string;

  private constructor(fields: Fields) {
    const { identifier, memberPrefix, proxyName } = fields;
    checkIdentifiers([identifier, proxyName]);
    Object.assign(this, fields, { identifier: lowerCase(identifier), memberPrefix: lowerCase(memberPrefix) });
  }

  /** ARN of the DB instance (`db`) or DB cluster (`cluster`) with this identifier, in the stack's account and Region unless known. */
  arnIn(stack: Stack, resource: 'db' | 'cluster'): string {
    return this.arn ?? rdsArn(stack, resource, this.identifier ?? '');
  }
}

/** A database that was imported without its security groups has none. */
function groupsOf({ connections }: IConnectable): readonly string[] | undefined {
  const ids = connections.securityGroups.map(({ securityGroupId }) => securityGroupId);
  return ids.length > 0 ? ids : undefined;
}

const lowerCase = (text: string | undefined) => (Token.isUnresolved(text) ? text : text?.toLowerCase());

const endpointOf = ({ endpointAddress, port }: KnownEndpoint): string | undefined =>
  endpointAddress && port !== undefined ? `${endpointAddress}:${Tokenization.stringifyNumber(port)}` : endpointAddress;

/**
 * A cluster that was imported without its port throws when asked for its endpoint, even if the address was given: CDK keeps neither, and
 * gives no other sign. It cannot be distinguished from a cluster imported by its identifier alone, so both get the warning.
 */
function clusterEndpointOf(cluster: IDatabaseCluster): string | undefined {
  try {
    return lookedUp(cluster.clusterEndpoint.socketAddress);
  } catch {
    Annotations.of(cluster).addWarningV2(
      'rds-target-reconciler:clusterEndpoint',
      `no endpoint of cluster ${cluster.clusterIdentifier} is known: nothing changes while the RDS API does not answer. CDK keeps the address of an ` +
        'imported cluster only together with its port: give fromDatabaseClusterAttributes both clusterEndpointAddress and port, or use ' +
        'FollowedDatabase.cluster(cluster, { endpointAddress }); or acknowledge this warning',
    );
    return undefined;
  }
}

const lookedUp = (endpoint: string): string | undefined => (isPlaceholder(endpoint) ? undefined : endpoint);
