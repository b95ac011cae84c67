/* What the APIs say that things are, beside where they are. */

/** What the API says a database is; lib/contradictions.ts holds it against the configuration. */
export type Nature = {
  /** RDS's word, for example `aurora-postgresql`, or `docdb`: the RDS API lists DocumentDB and Neptune too. */
  readonly engine?: string;
  /** The cluster that this instance is a member of. */
  readonly memberOf?: string;
  /** The identifier or ARN of what it replicates. */
  readonly replicaOf?: string;
  /** What it replicates is a DB cluster, as a DB instance can. */
  readonly isOfCluster?: boolean;
  /** The Aurora global database that this cluster belongs to. */
  readonly globalDatabase?: string;
  /** An Aurora without DB instances of its own. */
  readonly design?: 'serverless-v1' | 'limitless';
};

/** A subnet, and the Availability Zone that it lies in. */
export type ZonedSubnet = { readonly id: string; readonly zone: string };

/** Where a database may be: the VPC and the subnets of its DB subnet group. */
export type Home = { readonly vpcId?: string; readonly subnets: readonly ZonedSubnet[] };

/** What a target group is, and the load balancers that use it; what was not read is absent. */
export type GroupNature = {
  readonly targetType?: string;
  readonly protocol?: string;
  readonly vpcId?: string;
  readonly loadBalancers?: readonly { readonly name: string; readonly zones: readonly string[] }[];
  /** Why the load balancers could not be read. */
  readonly unread?: string;
};

/** A custom endpoint of an Aurora cluster: these members, or all but the excluded ones. Identifiers are in lower case. */
export type CustomEndpoint = {
  readonly id: string;
  readonly type: 'READER' | 'WRITER' | 'ANY';
  readonly status: string;
  readonly members: readonly string[];
  readonly excluded: readonly string[];
};
