import { home } from '../../world/network.ts';
import { type Fields, filtered, pageOf } from '../ec2/dialect.ts';
import { AwsError } from '../wire/aws-error.ts';
import { listParam } from '../wire/params.ts';
import type { Operation } from '../wire/query.ts';
import type { XmlValue } from '../wire/xml.ts';

/** An endpoint service of AWS itself: the API that it leads to, and the zones in which an endpoint may have an interface. */
export type AwsService = { readonly name: string; readonly zones: readonly string[] };

/** An interface endpoint of this account to one of them. */
export type AwsEndpoint = {
  readonly id: string;
  readonly serviceName: string;
  readonly vpcId: string;
  readonly privateDnsEnabled: boolean;
  readonly tags?: Readonly<Record<string, string>>;
};

const apis = ['ec2', 'elasticloadbalancing', 'events', 'logs', 'monitoring', 'rds', 'secretsmanager', 'sts'];

export const awsServicesIn = (region: string): AwsService[] =>
  apis.map((api) => ({ name: `com.amazonaws.${region}.${api}`, zones: ['a', 'b', 'c'].map((zone) => region + zone) }));

const privateNameOf = ({ name }: Pick<AwsService, 'name'>): string => {
  const [, , region = '', api = ''] = name.split('.');
  return `${api}.${region}.amazonaws.com`;
};

const serviceXml = (service: AwsService): XmlValue => ({
  serviceName: service.name,
  serviceId: `vpce-svc-${Buffer.from(service.name).toString('hex').slice(-17)}`,
  serviceType: { item: [{ serviceType: 'Interface' }] },
  availabilityZoneSet: { item: service.zones },
  owner: 'amazon',
  baseEndpointDnsNameSet: { item: [`${service.name.split('.').slice(2).reverse().join('.')}.vpce.amazonaws.com`] },
  privateDnsName: privateNameOf(service),
  privateDnsNameSet: { item: [{ privateDnsName: privateNameOf(service) }] },
  vpcEndpointPolicySupported: true,
  acceptanceRequired: false,
  managesVpcEndpoints: false,
  privateDnsNameVerificationState: 'verified',
  tagSet: {},
  supportedIpAddressTypeSet: { item: ['ipv4'] },
});

const serviceFields: Fields<AwsService> = {
  'service-name': ({ name }) => name,
  'service-type': () => 'Interface',
  owner: () => 'amazon',
  'supported-ip-address-types': () => 'ipv4',
};

/** DescribeVpcEndpointServices: names of services, and the same with their details. */
export const describeServices =
  (services: readonly AwsService[]): Operation =>
  (params) => {
    const names = listParam(params, 'ServiceName');
    for (const name of names)
      if (!services.some((one) => one.name === name))
        throw new AwsError('InvalidServiceName', `The Vpc Endpoint Service '${name}' does not exist`);
    const named = services.filter(({ name }) => names.length === 0 || names.includes(name));
    const found = filtered(params, named, serviceFields);
    const page = pageOf(params, 'serviceDetailSet', found.map(serviceXml)) as Record<string, { item: XmlValue[] }>;
    const shown = (page.serviceDetailSet?.item ?? []).map((one) => (one as { serviceName: string }).serviceName);
    return { ...page, serviceNameSet: { item: shown } };
  };

export const endpointXml = ({ id, serviceName, vpcId, privateDnsEnabled, tags = {} }: AwsEndpoint): XmlValue => ({
  vpcEndpointId: id,
  vpcEndpointType: 'Interface',
  vpcId,
  serviceName,
  state: 'available',
  privateDnsEnabled,
  requesterManaged: false,
  dnsEntrySet: {
    item: [{ dnsName: `${id}-abcdefgh.${serviceName.split('.').at(-1)}.${home.region}.vpce.amazonaws.com` }],
  },
  ownerId: home.account,
  tagSet: { item: Object.entries(tags).map(([key, value]) => ({ key, value })) },
});
