import ipaddr from 'ipaddr.js';
import type { Address } from '../../world/database/state.ts';
import { home, type Subnet } from '../../world/network.ts';
import type { XmlValue } from '../wire/xml.ts';
import { aliases, type Fields } from './dialect.ts';

/** `requester`: the AWS service, or the account, that made it for the owner; absent for the owner's own. */
export type InterfaceSpec = {
  readonly id: string;
  readonly type: string;
  readonly description: string;
  readonly requester?: string;
  readonly securityGroups?: readonly string[];
};

export type NetworkInterface = InterfaceSpec & { readonly ip: string; readonly ipv6?: string };

type Vpc = { readonly id: string; readonly subnets: readonly Subnet[] };

/**
 * As RDS makes them, by public examples: one for each host. That a standby's host has one, too, is an assumption. A host with another
 * address has another interface.
 */
export const interfacesOfRds = (places: readonly Address[], groups: readonly string[]): readonly NetworkInterface[] =>
  places.map(({ ip, ipv6 }) => ({
    id: `eni-${hexOf(ip).padStart(17, '0')}`,
    type: 'interface',
    description: 'RDSNetworkInterface',
    requester: 'amazon-rds',
    securityGroups: groups,
    ip,
    ...(ipv6 ? { ipv6 } : {}),
  }));

const hexOf = (ip: string): string => Buffer.from(ip.split('.').map(Number)).toString('hex');

const subnetOf = ({ subnets }: Vpc, ip: string): Subnet | undefined =>
  ip.includes(':') ? undefined : subnets.find(({ cidr }) => ipaddr.parse(ip).match(ipaddr.parseCIDR(cidr)));

export const interfaceXml = (one: NetworkInterface, vpc: Vpc): XmlValue => {
  const { id, type, description, requester, securityGroups = [], ip, ipv6 } = one;
  const subnet = subnetOf(vpc, ip);
  return {
    networkInterfaceId: id,
    subnetId: subnet?.id,
    vpcId: vpc.id,
    availabilityZone: subnet?.availabilityZone,
    description,
    ownerId: home.account,
    ...(requester ? { requesterId: requester } : {}),
    requesterManaged: requester !== undefined,
    status: 'in-use',
    macAddress: '02:00:00:00:00:01',
    privateIpAddress: ip,
    sourceDestCheck: true,
    groupSet: { item: securityGroups.map((groupId) => ({ groupId, groupName: groupId })) },
    ...(requester
      ? { attachment: { instanceOwnerId: requester, deviceIndex: 1, status: 'attached', deleteOnTermination: false } }
      : {}),
    tagSet: {},
    privateIpAddressesSet: { item: [{ privateIpAddress: ip, primary: true }] },
    ipv6AddressesSet: { item: ipv6 ? [{ ipv6Address: ipv6 }] : [] },
    interfaceType: type,
  };
};

export const interfaceFields = (vpc: Vpc): Fields<NetworkInterface> => ({
  ...aliases<NetworkInterface>(['addresses.private-ip-address', 'private-ip-address'], ({ ip }) =>
    ip.includes(':') ? undefined : ip,
  ),
  'ipv6-addresses.ipv6-address': ({ ip, ipv6 }) => ipv6 ?? (ip.includes(':') ? ip : undefined),
  'network-interface-id': ({ id }) => id,
  'interface-type': ({ type }) => type,
  description: (one) => one.description,
  'group-id': ({ securityGroups }) => securityGroups,
  'requester-id': ({ requester }) => requester,
  'requester-managed': ({ requester }) => String(requester !== undefined),
  'owner-id': () => home.account,
  'subnet-id': ({ ip }) => subnetOf(vpc, ip)?.id,
  'availability-zone': ({ ip }) => subnetOf(vpc, ip)?.availabilityZone,
  'vpc-id': () => vpc.id,
});
