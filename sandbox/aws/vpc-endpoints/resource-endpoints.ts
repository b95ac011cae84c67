import type { XmlValue } from '../wire/xml.ts';
import type { ResourceEndpoint } from './world.ts';

/* A consumer's endpoints to resources that were shared with it. */

export const consumerVpc = 'vpc-0c7761e58969f7edd';
export const clients = { item: [{ groupId: 'sg-0c7761e58969f7edd', groupName: 'clients' }] };

/** As EC2 describes it: without a service, and without names, which stand with its associations. */
export const resourceEndpointXml = ({ endpointId, resourceConfigurationArn, state }: ResourceEndpoint): XmlValue => ({
  vpcEndpointId: endpointId,
  vpcEndpointType: 'Resource',
  vpcId: consumerVpc,
  resourceConfigurationArn,
  state,
  privateDnsEnabled: true,
  groupSet: clients,
});

/** One for each database endpoint, with the endpoint's own name for it and the private one (PrivateLink guide, "DNS hostnames"). */
export const associationsXml = (endpoint: ResourceEndpoint): XmlValue[] => {
  const { endpointId, resourceConfigurationArn, databaseNames, failureReason } = endpoint;
  const [, , , region, , resource = ''] = resourceConfigurationArn.split(':');
  const id = resource.slice('resourceconfiguration/'.length);
  return databaseNames.map((databaseName, index) => ({
    id: `vpce-rsc-asc-${index}`,
    vpcEndpointId: endpointId,
    associatedResourceAccessibility: failureReason ? 'Inaccessible' : 'Accessible',
    ...(failureReason ? { failureReason } : {}),
    dnsEntry: { dnsName: `${endpointId}-snra-${index}.${id}.4232ccc.vpc-lattice-rsc.${region}.on.aws` },
    privateDnsEntry: { dnsName: databaseName },
    associatedResourceArn: resourceConfigurationArn,
  }));
};
