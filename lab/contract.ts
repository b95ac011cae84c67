/*
 * What the lab's stacks (infra/lab) promise, and what the lab itself (this folder) relies on. Each member of `LabOutputs` is one CloudFormation
 * output with that name in PascalCase (`Instance`, `ClientFunction`): a text as it is, the rest as JSON. Each listener of `scratch` is one of its
 * own (`Scratch0`, `Scratch1`, …), since an output holds 1024 bytes.
 */

export type Place = { readonly host: string; readonly port: number };

/** How clients reach a database: all of them are tried in the same failover. */
export type LabAccess = Place & {
  /** `direct`: the database's own name, from inside its VPC. The rest are endpoints in the consumer's VPC. */
  readonly name: 'direct' | 'reconciler' | 'probe' | 'warm standby' | 'resource gateway';
};

export type LabDatabase = {
  readonly id: string;
  readonly endpoint: Place;
  /** The security group that RDS's interfaces have. */
  readonly securityGroupId: string;
  /** The reconcilers of its target groups. */
  readonly functionNames: readonly string[];
  readonly accesses: readonly LabAccess[];
};

/** A listener of the scratch load balancer, with two groups that no reconciler keeps, both empty at first, all the weight on the first one. */
export type LabScratch = Place & {
  readonly listenerArn: string;
  readonly targetGroupArns: readonly [string, string];
};

export type LabOutputs = {
  readonly instance: LabDatabase;
  readonly cluster: LabDatabase;
  readonly scratch: readonly LabScratch[];
  /** In the consumer's VPC. */
  readonly clientFunction: string;
  /** The same beside the databases. */
  readonly insideClientFunction: string;
  /** Every `aws.rds` event is one message here, raw. */
  readonly eventsLogGroup: string;
};

/** The payload of the client function. It tries every target each `everyMs`, with a new connection, for `seconds` (840 at most). */
export type ClientRequest = {
  readonly targets: readonly (Place & {
    readonly name: string;
    /** `postgres` logs in with the lab's secret and asks whether the server is the writer; `tcp` only connects. */
    readonly kind: 'postgres' | 'tcp';
  })[];
  readonly seconds: number;
  readonly everyMs: number;
};

/** One attempt. `postgres` is `ok` only with a writer; a reader is an `error` with the detail `read-only`. */
export type ClientAttempt = {
  /** When it began, ms since the epoch. */
  readonly at: number;
  readonly target: string;
  readonly outcome: 'ok' | 'refused' | 'timeout' | 'error';
  readonly ms: number;
  readonly detail?: string;
  /** Of `postgres`: the address of the server that answered (`inet_server_addr()`). */
  readonly server?: string;
};

export type ClientReply = { readonly attempts: readonly ClientAttempt[] };
