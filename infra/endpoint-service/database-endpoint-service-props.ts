import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { type EndpointServiceProps, serviceProblems } from './endpoint-service-props.ts';
import { type ListenerProps, listenerProblems } from './listener-props.ts';
import { standbyProblems, type WarmStandbyProps } from './warm-standby.ts';

export interface DatabaseEndpointServiceProps extends EndpointServiceProps, ListenerProps {
  /**
   * For a `TargetReconciler` with the same: the load balancer reaches the marker group alone, and checks health every 5 seconds, twice.
   * @default - only the writer is a target
   */
  readonly warmStandby?: WarmStandbyProps;
}

/** Everything that is wrong with the props, at once. */
export const problemsOf = (
  props: DatabaseEndpointServiceProps,
  subnets: readonly ec2.ISubnet[],
  region: string,
): string[] => [
  ...listenerProblems(props, props, region),
  ...serviceProblems(props, subnets),
  ...standbyProblems(props),
];
