import { home } from '../../world/network.ts';
import { type AwsEndpoint, type AwsService, awsServicesIn } from './aws-services.ts';

export type ConnectionState =
  | 'pendingAcceptance'
  | 'pending'
  | 'available'
  | 'deleting'
  | 'deleted'
  | 'rejected'
  | 'failed'
  | 'expired';

/** An interface endpoint of some account, and its connection to the service: two views of one thing. */
export type EndpointConnection = {
  readonly endpointId: string;
  readonly owner: string;
  readonly createdAt: Date;
  state: ConnectionState;
  readonly privateDnsEnabled: boolean;
};

/** An endpoint service. `principals` are ARNs, or `*`. */
export type EndpointService = {
  readonly id: string;
  readonly name: string;
  readonly acceptanceRequired: boolean;
  readonly tags: Readonly<Record<string, string>>;
  principals: readonly string[];
  readonly connections: EndpointConnection[];
};

/** A consumer's endpoint to a shared resource configuration; EC2 returns a name for each database endpoint behind it. */
export type ResourceEndpoint = {
  readonly endpointId: string;
  readonly resourceConfigurationArn: string;
  readonly databaseNames: readonly string[];
  state: Extract<ConnectionState, 'pending' | 'available' | 'failed'>;
  readonly failureReason?: string;
};

export type EndpointWorld = {
  readonly region: string;
  readonly services: EndpointService[];
  readonly resourceEndpoints: ResourceEndpoint[];
  /** What AWS offers in the Region, and the account's own endpoints to it; none at first. */
  readonly awsServices: AwsService[];
  readonly awsEndpoints: AwsEndpoint[];
  addService(
    spec?: Partial<Pick<EndpointService, 'id' | 'acceptanceRequired' | 'tags' | 'principals'>>,
  ): EndpointService;
  /** A consumer asks for a connection. */
  connect(service: EndpointService, spec: Partial<EndpointConnection> & { readonly owner: string }): EndpointConnection;
  /** A consumer reaches a database that was shared with it. */
  reach(spec?: Partial<ResourceEndpoint>): ResourceEndpoint;
};

const hex = (number: number) => number.toString(16).padStart(17, '0');

/** Endpoint services of the provider and the endpoints of its consumers. */
export function createEndpointWorld(region = home.region): EndpointWorld {
  const services: EndpointService[] = [];
  const resourceEndpoints: ResourceEndpoint[] = [];
  let endpoints = 0;
  return {
    region,
    services,
    resourceEndpoints,
    awsServices: awsServicesIn(region),
    awsEndpoints: [],
    addService({ id = `vpce-svc-${hex(services.length + 1)}`, ...spec } = {}) {
      const name = `com.amazonaws.vpce.${region}.${id}`;
      const service = { id, name, acceptanceRequired: true, tags: {}, principals: [], connections: [], ...spec };
      services.push(service);
      return service;
    },
    connect(service, spec) {
      endpoints += 1;
      const connection: EndpointConnection = {
        endpointId: `vpce-${hex(endpoints)}`,
        createdAt: new Date(),
        state: service.acceptanceRequired ? 'pendingAcceptance' : 'available',
        privateDnsEnabled: false,
        ...spec,
      };
      service.connections.push(connection);
      return connection;
    },
    reach(spec) {
      endpoints += 1;
      const endpoint: ResourceEndpoint = {
        endpointId: `vpce-${hex(endpoints)}`,
        resourceConfigurationArn: `arn:aws:vpc-lattice:${region}:111122223333:resourceconfiguration/rcfg-${hex(endpoints)}`,
        databaseNames: [`orders.cluster-c0ffee123456.${region}.rds.amazonaws.com`],
        state: 'available',
        ...spec,
      };
      resourceEndpoints.push(endpoint);
      return endpoint;
    },
  };
}
