import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import { standbyRefusal } from '../config/engines.ts';
import { sharedStandbyRefusal } from '../config/limits.ts';

/** Keeps the standby of a Multi-AZ instance registered, so that a failover needs no registration. */
export interface WarmStandbyProps {
  /**
   * The marker: a security group that is on this database and on nothing else. Two network interfaces carry it, the writer's and the
   * standby's, and so the standby is proven.
   */
  readonly securityGroup: ISecurityGroup;
}

/**
 * The kind, the role and `removeStale` are checked as the functions check them.
 * @throws Error for an engine whose standby cannot be kept, and for a DatabaseEndpointService that is made for another case
 */
export function checkWarmStandby(
  warmStandby: WarmStandbyProps | undefined,
  engine: string | undefined,
  targetGroup: IConstruct | undefined,
): void {
  const refusal = warmStandby && standbyRefusal(engine, undefined);
  if (refusal) throw new Error(`warmStandby is given for ${engine}; allowed: nothing: ${refusal}`);
  const service = targetGroup?.node.scope as
    | { readonly keepsStandbyWarm?: boolean; readonly sharesLoadBalancer?: boolean }
    | undefined;
  if (warmStandby && service?.sharesLoadBalancer)
    throw new Error(
      `warmStandby is given for the group of a DatabaseListener; allowed: nothing: ${sharedStandbyRefusal}`,
    );
  if ((service?.keepsStandbyWarm ?? warmStandby !== undefined) !== (warmStandby !== undefined))
    throw new Error('warmStandby is given to only one of reconciler and endpoint service; allowed: both or neither');
}

/** What it looks at in the props of an endpoint service. */
type ServiceProps = {
  readonly warmStandby?: WarmStandbyProps;
  readonly engine?: string;
  readonly databaseSecurityGroup?: ISecurityGroup;
  readonly databaseCidrs?: readonly string[];
  readonly healthCheckInterval?: Duration;
  readonly healthyThreshold?: number;
  readonly unhealthyThreshold?: number;
};

/** The fastest that an NLB takes: with a warm standby a failover lasts as long as its health checks. */
const checks = { healthCheckInterval: Duration.seconds(5), healthyThreshold: 2, unhealthyThreshold: 2 };

/** What a warm standby decides: how fast the health checks are, and that the load balancer reaches the marker group alone. */
export const withStandby = <P extends ServiceProps>(props: P): P =>
  props.warmStandby ? { ...props, ...checks, databaseSecurityGroup: props.warmStandby.securityGroup } : props;

export function standbyProblems(props: ServiceProps): string[] {
  const { warmStandby, databaseSecurityGroup: own, databaseCidrs, healthCheckInterval: interval } = props;
  if (!warmStandby) return [];
  const reach = 'nothing with warmStandby: the load balancer reaches its security group alone';
  const isOther = own && own.securityGroupId !== warmStandby.securityGroup.securityGroupId;
  const refusal = standbyRefusal(props.engine, undefined);
  const count = (name: 'healthyThreshold' | 'unhealthyThreshold') =>
    (props[name] ?? 2) === 2 ? [] : [`${name} is ${props[name]}; allowed: 2 with warmStandby`];
  return [
    ...(refusal ? [`warmStandby is given for ${props.engine}; allowed: nothing: ${refusal}`] : []),
    ...(isOther ? [`databaseSecurityGroup is ${own.securityGroupId}; allowed: ${reach}`] : []),
    ...(databaseCidrs ? [`databaseCidrs is ${databaseCidrs.join()}; allowed: ${reach}`] : []),
    ...(interval && interval.toSeconds() !== checks.healthCheckInterval.toSeconds()
      ? [`healthCheckInterval is ${interval.toHumanString()}; allowed: 5 seconds with warmStandby`]
      : []),
    ...count('healthyThreshold'),
    ...count('unhealthyThreshold'),
  ];
}
