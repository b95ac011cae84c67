/** An endpoint of a consumer, connected to the service or asking for it. */
export type Connection = {
  readonly endpointId: string;
  readonly account: string;
  /** EC2's word, for example `pendingAcceptance`. */
  readonly state: string;
  /** ISO 8601. */
  readonly createdAt?: string;
};

export type Service = { readonly id: string; readonly name: string; readonly acceptanceRequired: boolean };

/** What of the service differs from the configuration file. */
export type Drift = {
  /** In the file, and the service does not allow them. */
  readonly missing: readonly string[];
  /** Allowed by the service, and not in the file. */
  readonly surplus: readonly string[];
  /** Present when the file says the other. */
  readonly acceptanceRequired?: { readonly configured: boolean; readonly actual: boolean };
};

export type Connections = {
  readonly service: Service;
  readonly connections: readonly Connection[];
  /** Whom the service allows to connect. */
  readonly principals: readonly string[];
  /** Undefined where the file says nothing about the service. */
  readonly drift?: Drift;
};

export const isWaiting = ({ state }: Connection): boolean => state.toLowerCase() === 'pendingacceptance';
