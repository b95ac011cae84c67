import type { Subnet } from '../../world/network.ts';
import { AwsError, validationError } from '../wire/aws-error.ts';
import { listParam, requiredParam } from '../wire/params.ts';
import type { Operation, QueryParams } from '../wire/query.ts';
import type { XmlValue } from '../wire/xml.ts';
import { atMostOne, type Inventory, pageParam } from './group-operations.ts';
import { forwardsParam, type ManagedListener } from './listener.ts';
import type { LoadBalancer } from './load-balancer.ts';
import { attributesXml, findByArn } from './resources.ts';

const zonesXml = (balancer: LoadBalancer) => ({
  AvailabilityZones: {
    member: balancer.subnets.map(({ availabilityZone, id }) => ({ ZoneName: availabilityZone, SubnetId: id })),
  },
});

function chosenSubnets(ids: readonly string[], { vpc }: Inventory): readonly Subnet[] {
  if (ids.length === 0) throw validationError('You must specify subnets or subnet mappings');
  const found = ids.map((id) => {
    const subnet = vpc.subnets.find((one) => one.id === id);
    if (!subnet) throw new AwsError('SubnetNotFound', `The subnet ID '${id}' does not exist`);
    return subnet;
  });
  if (new Set(found.map(({ availabilityZone }) => availabilityZone)).size < found.length)
    throw new AwsError(
      'InvalidConfigurationRequest',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    );
  return found;
}

// Of Network Load Balancers in eu-central-1 (AWS General Reference, "Elastic Load Balancing endpoints").
const hostedZoneId = 'Z3F0SRJ5LGBH90';

const balancerXml = (balancer: LoadBalancer, vpcId: string): XmlValue => ({
  LoadBalancerArn: balancer.arn,
  DNSName: balancer.dnsName,
  CanonicalHostedZoneId: hostedZoneId,
  CreatedTime: balancer.createdTime,
  LoadBalancerName: balancer.name,
  Scheme: 'internal',
  VpcId: vpcId,
  State: { Code: 'active' },
  Type: 'network',
  ...zonesXml(balancer),
  IpAddressType: balancer.ipAddressType,
  ...(balancer.securityGroups.length > 0
    ? {
        SecurityGroups: { member: balancer.securityGroups },
        EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: balancer.judgesPrivateLink ? 'on' : 'off',
      }
    : {}),
});

const listenerXml = (listener: ManagedListener, balancer: LoadBalancer): XmlValue => ({
  ListenerArn: listener.arn,
  LoadBalancerArn: balancer.arn,
  Port: listener.port,
  Protocol: 'TCP',
  DefaultActions: listener.defaultActions(),
});

function selectBalancers(params: QueryParams, { loadBalancers, owner }: Inventory): readonly LoadBalancer[] {
  const arns = listParam(params, 'LoadBalancerArns.member');
  const names = listParam(params, 'Names.member');
  atMostOne({ 'load balancer ARNs': arns, 'load balancer names': names });
  if (arns.length > 20 || names.length > 20)
    throw validationError('Up to 20 load balancers can be specified in a single call');
  if (arns.length > 0) return arns.map((arn) => findByArn('loadbalancer', arn, loadBalancers, owner));
  if (names.length === 0) return loadBalancers;
  return names.map((name) => {
    const balancer = loadBalancers.find((one) => one.name === name);
    if (!balancer) throw new AwsError('LoadBalancerNotFound', `Load balancers '[${name}]' not found`);
    return balancer;
  });
}

/** Every listener, with its load balancer. */
const listenersOf = ({ loadBalancers }: Inventory) =>
  loadBalancers.flatMap((balancer) =>
    balancer.listeners.map((listener) => ({ arn: listener.arn, listener, balancer })),
  );

function selectListeners(params: QueryParams, inventory: Inventory) {
  const { loadBalancers, owner } = inventory;
  const all = listenersOf(inventory);
  const arns = listParam(params, 'ListenerArns.member');
  const balancer = params.get('LoadBalancerArn');
  atMostOne({ 'listener ARNs': arns, 'a load balancer ARN': balancer });
  if (arns.length > 0) return arns.map((arn) => findByArn('listener', arn, all, owner));
  if (!balancer) throw validationError('You must specify either listener ARNs or a load balancer ARN');
  const found = findByArn('loadbalancer', balancer, loadBalancers, owner);
  return all.filter((one) => one.balancer === found);
}

/** Changes where a listener forwards to. */
function modifyListener(params: QueryParams, inventory: Inventory): XmlValue {
  const arn = requiredParam(params, 'ListenerArn');
  const { listener, balancer } = findByArn('listener', arn, listenersOf(inventory), inventory.owner);
  const refused = ['Port', 'Protocol', 'SslPolicy', 'Certificates.member.1.CertificateArn'].find((one) =>
    params.has(one),
  );
  if (refused) throw validationError(`The sandbox changes a listener's DefaultActions only, not its ${refused}`);
  listener.forwardTo(forwardsParam(params));
  for (const group of inventory.targetGroups) group.reconsider();
  return { Listeners: { member: [listenerXml(listener, balancer)] } };
}

function tagsOf(arn: string, { targetGroups, loadBalancers, owner }: Inventory) {
  if (arn.includes(':targetgroup/')) return findByArn('targetgroup', arn, targetGroups, owner).spec.tags ?? {};
  return findByArn('loadbalancer', arn, loadBalancers, owner).tags;
}

const tagsXml = (arn: string, inventory: Inventory): XmlValue => ({
  ResourceArn: arn,
  Tags: { member: Object.entries(tagsOf(arn, inventory)).map(([Key, Value]) => ({ Key, Value })) },
});

/** DescribeLoadBalancers, their attributes and listeners, what changes them, and DescribeTags. */
export function balancerOperations(inventory: Inventory): Readonly<Record<string, Operation>> {
  const { loadBalancers, owner, vpc } = inventory;
  return {
    DescribeLoadBalancers(params) {
      const { items, nextMarker } = pageParam(selectBalancers(params, inventory), params);
      return { LoadBalancers: { member: items.map((one) => balancerXml(one, vpc.id)) }, NextMarker: nextMarker };
    },
    DescribeLoadBalancerAttributes(params) {
      const arn = requiredParam(params, 'LoadBalancerArn');
      return attributesXml(findByArn('loadbalancer', arn, loadBalancers, owner).attributes);
    },
    /** Replaces all subnets of the load balancer: a zone that the request leaves out is disabled. */
    SetSubnets(params) {
      const balancer = findByArn('loadbalancer', requiredParam(params, 'LoadBalancerArn'), loadBalancers, owner);
      balancer.subnets = chosenSubnets(listParam(params, 'Subnets.member'), inventory);
      for (const group of inventory.targetGroups) group.reconsider();
      return zonesXml(balancer);
    },
    DescribeListeners(params) {
      const { items, nextMarker } = pageParam(selectListeners(params, inventory), params);
      const member = items.map(({ listener, balancer }) => listenerXml(listener, balancer));
      return { Listeners: { member }, NextMarker: nextMarker };
    },
    ModifyListener: (params) => modifyListener(params, inventory),
    DescribeTags(params) {
      const arns = listParam(params, 'ResourceArns.member');
      if (arns.length === 0 || arns.length > 20)
        throw validationError(`Between 1 and 20 resource ARNs must be specified, not ${arns.length}`);
      return { TagDescriptions: { member: arns.map((arn) => tagsXml(arn, inventory)) } };
    },
  };
}
