import { ec2Replies, type Fields, filtered, pageOf } from '../ec2/dialect.ts';
import { AwsError } from '../wire/aws-error.ts';
import { listParam, requiredParam } from '../wire/params.ts';
import type { Operation, Service } from '../wire/query.ts';
import type { XmlValue } from '../wire/xml.ts';
import { type AwsEndpoint, endpointXml as awsEndpointXml, describeServices } from './aws-services.ts';
import { associationsXml, clients, consumerVpc, resourceEndpointXml } from './resource-endpoints.ts';
import type { ConnectionState, EndpointConnection, EndpointService, EndpointWorld, ResourceEndpoint } from './world.ts';

const namesOf = ({ id, name }: EndpointService, { endpointId }: EndpointConnection): string => {
  const [, , , region] = name.split('.');
  return `${endpointId}-abcdefgh.${id}.${region}.vpce.amazonaws.com`;
};

const connectionXml = (service: EndpointService, connection: EndpointConnection): XmlValue => ({
  serviceId: service.id,
  vpcEndpointId: connection.endpointId,
  vpcEndpointOwner: connection.owner,
  vpcEndpointState: connection.state,
  creationTimestamp: connection.createdAt.toISOString(),
  dnsEntrySet: { item: [{ dnsName: namesOf(service, connection) }] },
  ipAddressType: 'ipv4',
});

const endpointXml = (service: EndpointService, connection: EndpointConnection): XmlValue => ({
  vpcEndpointId: connection.endpointId,
  vpcEndpointType: 'Interface',
  vpcId: consumerVpc,
  serviceName: service.name,
  state: connection.state,
  privateDnsEnabled: connection.privateDnsEnabled,
  groupSet: clients,
  dnsEntrySet: { item: [{ dnsName: namesOf(service, connection) }] },
  creationTimestamp: connection.createdAt.toISOString(),
  ownerId: connection.owner,
});

const serviceXml = ({ id, name, acceptanceRequired, tags }: EndpointService): XmlValue => ({
  serviceType: { item: [{ serviceType: 'Interface' }] },
  serviceId: id,
  serviceName: name,
  serviceState: 'Available',
  acceptanceRequired,
  tagSet: { item: Object.entries(tags).map(([key, value]) => ({ key, value })) },
});

const principalXml = (serviceId: string, principal: string): XmlValue => ({
  principalType: principal === '*' ? 'All' : 'Account',
  principal,
  serviceId,
});

type Connected = { readonly service: EndpointService; readonly connection: EndpointConnection };
type Shown = {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly service?: string;
  readonly vpcId: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly xml: XmlValue;
};

const serviceFields: Fields<EndpointService> = {
  'service-id': ({ id }) => id,
  'service-name': ({ name }) => name,
  'service-state': () => 'Available',
};
const connectionFields: Fields<Connected> = {
  'service-id': ({ service }) => service.id,
  'vpc-endpoint-owner': ({ connection }) => connection.owner,
  'vpc-endpoint-id': ({ connection }) => connection.endpointId,
  'vpc-endpoint-state': ({ connection }) => connection.state,
  'ip-address-type': () => 'ipv4',
};
const endpointFields: Fields<Shown> = {
  'vpc-endpoint-id': ({ id }) => id,
  'vpc-endpoint-type': ({ type }) => type,
  'vpc-endpoint-state': ({ state }) => state,
  'service-name': ({ service }) => service,
  'vpc-id': ({ vpcId }) => vpcId,
  'ip-address-type': () => 'ipv4',
};
const associationFields: Fields<ResourceEndpoint> = {
  'vpc-endpoint-id': ({ endpointId }) => endpointId,
  'associated-resource-accessibility': ({ failureReason }) => (failureReason ? 'Inaccessible' : 'Accessible'),
};

const interfaceEndpoint = ({ service, connection }: Connected): Shown => ({
  id: connection.endpointId,
  type: 'Interface',
  state: connection.state,
  service: service.name,
  vpcId: consumerVpc,
  xml: endpointXml(service, connection),
});
const resourceEndpoint = (one: ResourceEndpoint): Shown => ({
  id: one.endpointId,
  type: 'Resource',
  state: one.state,
  vpcId: consumerVpc,
  xml: resourceEndpointXml(one),
});

const awsEndpoint = (one: AwsEndpoint): Shown => ({
  ...{ id: one.id, type: 'Interface', state: 'available', service: one.serviceName, vpcId: one.vpcId },
  ...{ tags: one.tags ?? {}, xml: awsEndpointXml(one) },
});

const notFound = (ids: readonly string[]) =>
  new AwsError('InvalidVpcEndpointId.NotFound', `The Vpc Endpoint Id '${ids.join()}' does not exist`);

/** EC2's actions around PrivateLink. Accepting and rejecting return the endpoints for which they failed. */
function vpcEndpointOperations(world: EndpointWorld): Readonly<Record<string, Operation>> {
  const { services, resourceEndpoints, awsEndpoints } = world;
  const service = (id: string): EndpointService => {
    const found = services.find((one) => one.id === id);
    if (found) return found;
    throw new AwsError('InvalidVpcEndpointServiceId.NotFound', `The VpcEndpointService Id '${id}' does not exist`);
  };
  const all = () => services.flatMap((one) => one.connections.map((connection) => ({ service: one, connection })));
  const change =
    (from: readonly ConnectionState[], to: ConnectionState): Operation =>
    (params) => {
      const { connections } = service(requiredParam(params, 'ServiceId'));
      const failed = listParam(params, 'VpcEndpointId').filter((id) => {
        const connection = connections.find(({ endpointId }) => endpointId === id);
        if (!connection || !from.includes(connection.state)) return true;
        connection.state = to;
        return false;
      });
      const error = {
        code: 'InvalidVpcEndpointId.NotFound',
        message: 'The connection is not in a state that allows this',
      };
      return { unsuccessful: { item: failed.map((resourceId) => ({ error, resourceId })) } };
    };
  return {
    DescribeVpcEndpointServiceConfigurations(params) {
      const ids = listParam(params, 'ServiceId');
      const found = filtered(params, ids.length > 0 ? ids.map(service) : services, serviceFields, ({ tags }) => tags);
      return pageOf(params, 'serviceConfigurationSet', found.map(serviceXml));
    },
    DescribeVpcEndpointConnections(params) {
      const found = filtered(params, all(), connectionFields).map((one) => connectionXml(one.service, one.connection));
      return pageOf(params, 'vpcEndpointConnectionSet', found);
    },
    DescribeVpcEndpointServices: describeServices(world.awsServices),
    AcceptVpcEndpointConnections: change(['pendingAcceptance'], 'available'),
    RejectVpcEndpointConnections: change(['pendingAcceptance', 'available'], 'rejected'),
    DescribeVpcEndpointServicePermissions(params) {
      const { id, principals } = service(requiredParam(params, 'ServiceId'));
      const allowed = principals.map((one) => principalXml(id, one));
      return pageOf(params, 'allowedPrincipals', allowed);
    },
    ModifyVpcEndpointServicePermissions(params) {
      const found = service(requiredParam(params, 'ServiceId'));
      const removed = listParam(params, 'RemoveAllowedPrincipals');
      const added = listParam(params, 'AddAllowedPrincipals').filter((one) => !found.principals.includes(one));
      found.principals = [...found.principals.filter((one) => !removed.includes(one)), ...added];
      return { addedPrincipalSet: { item: added.map((one) => principalXml(found.id, one)) }, return: true };
    },
    DescribeVpcEndpoints(params) {
      const ids = listParam(params, 'VpcEndpointId');
      const isAsked = (id: string) => ids.length === 0 || ids.includes(id);
      const endpoints = [
        ...all().map(interfaceEndpoint),
        ...resourceEndpoints.map(resourceEndpoint),
        ...awsEndpoints.map(awsEndpoint),
      ];
      const missing = ids.filter((id) => !endpoints.some((one) => one.id === id));
      if (missing.length > 0) throw notFound(missing);
      const asked = endpoints.filter(({ id }) => isAsked(id));
      const found = filtered(params, asked, endpointFields, ({ tags = {} }) => tags).map(({ xml }) => xml);
      return pageOf(params, 'vpcEndpointSet', found, 'VpcEndpointId');
    },
    DescribeVpcEndpointAssociations(params) {
      const ids = listParam(params, 'VpcEndpointId');
      const missing = ids.filter((id) => !resourceEndpoints.some(({ endpointId }) => endpointId === id));
      if (missing.length > 0) throw notFound(missing);
      const named = resourceEndpoints.filter(({ endpointId }) => ids.length === 0 || ids.includes(endpointId));
      const found = filtered(params, named, associationFields);
      return pageOf(params, 'vpcEndpointAssociationSet', found.flatMap(associationsXml));
    },
  };
}

/** EC2 as far as PrivateLink is concerned; its operations may stand beside those of another part of EC2. */
export const vpcEndpointService = (world: EndpointWorld): Service => ({
  name: 'ec2',
  version: '2016-11-15',
  xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  operations: vpcEndpointOperations(world),
  replies: ec2Replies,
});
