import type { Place, Subnet } from '../../world/network.ts';
import { validationError } from '../wire/aws-error.ts';
import {
  type Attributes,
  arnOf,
  checkAttribute,
  defaultAttributes,
  loadBalancerRules,
  resourceId,
} from './resources.ts';
import type { Vpc } from './vpc.ts';

/** A Network Load Balancer to create: internal, TCP listeners. */
export type LoadBalancerSpec = {
  readonly name: string;
  /** Availability Zones, each with its first subnet; default all zones of the VPC. */
  readonly zones?: readonly string[];
  readonly listeners: readonly { readonly port: number; readonly targetGroupArn: string }[];
  readonly attributes?: Readonly<Record<string, string>>;
  /** Default `ipv4`; only a `dualstack` one forwards to groups of type ipv6. */
  readonly ipAddressType?: 'ipv4' | 'dualstack';
  /** None when absent; it can then never get one. */
  readonly securityGroups?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
};

export type Listener = { readonly arn: string; readonly port: number; readonly targetGroupArn: string };

export type LoadBalancer = {
  readonly arn: string;
  readonly name: string;
  readonly dnsName: string;
  readonly createdTime: string;
  subnets: readonly Subnet[];
  listeners: readonly Listener[];
  readonly ipAddressType: 'ipv4' | 'dualstack';
  securityGroups: readonly string[];
  /** Whether the security groups apply to traffic through PrivateLink; AWS's default. */
  judgesPrivateLink: boolean;
  /** A zonal shift is active: targets in this zone get no new connections. */
  shiftedZone?: string;
  readonly attributes: Attributes;
  readonly tags: Readonly<Record<string, string>>;
};

function subnetsOf(vpc: Vpc, zones: readonly string[] | undefined): readonly Subnet[] {
  const wanted = new Set(zones ?? vpc.subnets.map(({ availabilityZone }) => availabilityZone));
  return [...wanted].map((zone) => {
    const subnet = vpc.subnets.find(({ availabilityZone }) => availabilityZone === zone);
    if (!subnet) throw validationError(`The VPC has no subnet in the Availability Zone '${zone}'`);
    return subnet;
  });
}

export function createLoadBalancer(spec: LoadBalancerSpec, owner: Place, vpc: Vpc): LoadBalancer {
  const id = resourceId();
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
    listeners: spec.listeners.map(({ port, targetGroupArn }) => ({
      arn: arnOf(owner, `listener/net/${spec.name}/${id}/${resourceId()}`),
      port,
      targetGroupArn,
    })),
    ipAddressType: spec.ipAddressType ?? 'ipv4',
    securityGroups: spec.securityGroups ?? [],
    judgesPrivateLink: true,
    attributes,
    tags: spec.tags ?? {},
  };
}
