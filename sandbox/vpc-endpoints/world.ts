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

export type EndpointWorld = {
  readonly region: string;
  readonly services: EndpointService[];
  addService(
    spec?: Partial<Pick<EndpointService, 'id' | 'acceptanceRequired' | 'tags' | 'principals'>>,
  ): EndpointService;
  /** A consumer asks for a connection. */
  connect(service: EndpointService, spec: Partial<EndpointConnection> & { readonly owner: string }): EndpointConnection;
};

const hex = (number: number) => number.toString(16).padStart(17, '0');

/** Endpoint services of the provider and the endpoints of its consumers. */
export function createEndpointWorld(region = 'eu-central-1'): EndpointWorld {
  const services: EndpointService[] = [];
  let endpoints = 0;
  return {
    region,
    services,
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
  };
}
