import type { Place, Subnet } from '../../world/network.ts';
import { AwsError, validationError } from '../wire/aws-error.ts';
import { createListener, type ForwardSpec, type ManagedListener } from './listener.ts';
import {
  type Attributes,
  arnOf,
  checkAttribute,
  defaultAttributes,
  loadBalancerRules,
  resourceId,
} from './resources.ts';
import type { ManagedTargetGroup } from './target-group.ts';
import type { Vpc } from './vpc.ts';

/** A Network Load Balancer to create: internal, TCP listeners. */
export type LoadBalancerSpec = {
  readonly name: string;
  /** Availability Zones, each with its first subnet; default all zones of the VPC. */
  readonly zones?: readonly string[];
  readonly listeners: readonly ListenerSpec[];
  readonly attributes?: Readonly<Record<string, string>>;
  /** Default `ipv4`; only a `dualstack` one forwards to groups of type ipv6. */
  readonly ipAddressType?: 'ipv4' | 'dualstack';
  /** None when absent; it can then never get one. */
  readonly securityGroups?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
};

/** Forwards to one group, or to several by weight. */
type ListenerSpec = { readonly port: number } & (
  | { readonly targetGroupArn: string }
  | { readonly forwards: readonly ForwardSpec[] }
);

export type LoadBalancer = {
  readonly arn: string;
  readonly name: string;
  readonly dnsName: string;
  readonly createdTime: string;
  subnets: readonly Subnet[];
  listeners: readonly ManagedListener[];
  readonly ipAddressType: 'ipv4' | 'dualstack';
  securityGroups: readonly string[];
  /** Whether the security groups apply to traffic through PrivateLink; AWS's default. */
  judgesPrivateLink: boolean;
  /** A zonal shift is active: targets in this zone get no new connections. */
  shiftedZone?: string;
  readonly attributes: Attributes;
  readonly tags: Readonly<Record<string, string>>;
};

export const forwardsTo = ({ listeners }: Pick<LoadBalancer, 'listeners'>, groupArn: string): boolean =>
  listeners.some(({ groups }) => groups.some(({ arn }) => arn === groupArn));

function subnetsOf(vpc: Vpc, zones: readonly string[] | undefined): readonly Subnet[] {
  const wanted = new Set(zones ?? vpc.subnets.map(({ availabilityZone }) => availabilityZone));
  return [...wanted].map((zone) => {
    const subnet = vpc.subnets.find(({ availabilityZone }) => availabilityZone === zone);
    if (!subnet) throw validationError(`The VPC has no subnet in the Availability Zone '${zone}'`);
    return subnet;
  });
}

type Parts = {
  readonly owner: Place;
  readonly vpc: Vpc;
  readonly targetGroups: readonly ManagedTargetGroup[];
};

export function createLoadBalancer(spec: LoadBalancerSpec, { owner, vpc, targetGroups }: Parts): LoadBalancer {
  const id = resourceId();
  const ipAddressType = spec.ipAddressType ?? 'ipv4';
  const check = (group: ManagedTargetGroup) => {
    // "IP address type" of target groups in the NLB user guide.
    if (group.ipAddressType === 'ipv6' && ipAddressType !== 'dualstack')
      throw new AwsError('InvalidConfigurationRequest', `Target group '${group.arn}' needs a dualstack load balancer`);
  };
  const attributes = defaultAttributes(loadBalancerRules);
  for (const [key, value] of Object.entries(spec.attributes ?? {})) {
    checkAttribute(loadBalancerRules, 'Load balancer', key, value);
    attributes.set(key, value);
  }
  return {
    arn: arnOf(owner, `loadbalancer/net/${spec.name}/${id}`),
    name: spec.name,
    dnsName: `${spec.name}-${id}.elb.${owner.region}.amazonaws.com`,
    createdTime: new Date().toISOString(),
    subnets: subnetsOf(vpc, spec.zones),
    listeners: spec.listeners.map((one) => {
      const arn = arnOf(owner, `listener/net/${spec.name}/${id}/${resourceId()}`);
      const forwards = 'forwards' in one ? one.forwards : [{ targetGroupArn: one.targetGroupArn }];
      return createListener({ arn, port: one.port, owner, targetGroups, check }, forwards);
    }),
    ipAddressType,
    securityGroups: spec.securityGroups ?? [],
    judgesPrivateLink: true,
    attributes,
    tags: spec.tags ?? {},
  };
}
