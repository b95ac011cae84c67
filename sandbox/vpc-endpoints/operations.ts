import { ec2Replies } from '../ec2/replies.ts';
import type { Operation, QueryParams, Service, XmlValue } from '../types.ts';
import { AwsError } from '../wire/aws-error.ts';
import { integerParam, listParam, paginate, requiredParam, structParam } from '../wire/params.ts';
import { associationsXml, resourceEndpointXml } from './resource-endpoints.ts';
import type { ConnectionState, EndpointConnection, EndpointService, EndpointWorld } from './world.ts';

/** Whether a thing has what the request's filters ask for; a filter that is not known here is refused, not passed over. */
function filtered<T>(params: QueryParams, all: readonly T[], fieldOf: (one: T, filter: string) => string | undefined) {
  const filters = structParam(params, 'Filter').map((filter) => ({
    name: filter.get('Name') ?? '',
    values: listParam(filter, 'Value'),
  }));
  return all.filter((one) => filters.every(({ name, values }) => values.includes(fieldOf(one, name) ?? '')));
}

const unknownFilter = (name: string) => new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);

function page(params: QueryParams, name: string, items: readonly XmlValue[]): XmlValue {
  const pageSize = integerParam(params, 'MaxResults', { min: 5, max: 1000 });
  const found = paginate(items, { marker: params.get('NextToken'), pageSize, min: 5, max: 1000 });
  return { [name]: { item: found.items }, nextToken: found.nextMarker };
}

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
  vpcId: 'vpc-0c7761e58969f7edd',
  serviceName: service.name,
  state: connection.state,
  privateDnsEnabled: connection.privateDnsEnabled,
  groupSet: { item: [{ groupId: 'sg-0c7761e58969f7edd', groupName: 'clients' }] },
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

/** EC2's actions around PrivateLink. Accepting and rejecting answer with what they could not do. */
function vpcEndpointOperations({ services, resourceEndpoints }: EndpointWorld): Readonly<Record<string, Operation>> {
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
      const found = filtered(params, ids.length > 0 ? ids.map(service) : services, (one, filter) => {
        if (filter.startsWith('tag:')) return one.tags[filter.slice(4)];
        if (filter === 'service-id') return one.id;
        if (filter === 'service-name') return one.name;
        throw unknownFilter(filter);
      });
      return page(params, 'serviceConfigurationSet', found.map(serviceXml));
    },
    DescribeVpcEndpointConnections(params) {
      const found = filtered(params, all(), (one, filter) => {
        if (filter === 'service-id') return one.service.id;
        if (filter === 'vpc-endpoint-owner') return one.connection.owner;
        if (filter === 'vpc-endpoint-id') return one.connection.endpointId;
        if (filter === 'vpc-endpoint-state') return one.connection.state;
        throw unknownFilter(filter);
      });
      return page(
        params,
        'vpcEndpointConnectionSet',
        found.map((one) => connectionXml(one.service, one.connection)),
      );
    },
    AcceptVpcEndpointConnections: change(['pendingAcceptance'], 'available'),
    RejectVpcEndpointConnections: change(['pendingAcceptance', 'available'], 'rejected'),
    DescribeVpcEndpointServicePermissions(params) {
      const { id, principals } = service(requiredParam(params, 'ServiceId'));
      return page(
        params,
        'allowedPrincipals',
        principals.map((one) => principalXml(id, one)),
      );
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
      const found = [
        ...all()
          .filter(({ connection }) => isAsked(connection.endpointId))
          .map((one) => endpointXml(one.service, one.connection)),
        ...resourceEndpoints.filter(({ endpointId }) => isAsked(endpointId)).map(resourceEndpointXml),
      ];
      if (found.length < ids.length)
        throw new AwsError('InvalidVpcEndpointId.NotFound', `The Vpc Endpoint Id '${ids.join()}' does not exist`);
      return page(params, 'vpcEndpointSet', found);
    },
    DescribeVpcEndpointAssociations(params) {
      const ids = listParam(params, 'VpcEndpointId');
      const found = resourceEndpoints.filter(({ endpointId }) => ids.length === 0 || ids.includes(endpointId));
      return page(params, 'vpcEndpointAssociationSet', found.flatMap(associationsXml));
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
