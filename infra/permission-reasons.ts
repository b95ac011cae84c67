/*
 * Why each permission is there: for docs/security-review.md, which is generated from the templates, and for cdk-nag. A statement
 * is known by its Sid; a test holds that each statement of each example has a reason here.
 */

export type Reason = {
  readonly why: string;
  /** Present when the resource is a wildcard: why it cannot be narrower. */
  readonly wildcard?: string;
};

export const permissionReasons: Readonly<Record<string, Reason>> = {
  SendDeadLetters: { why: 'An event that failed after all retries is kept in the dead-letter queue.' },
  ReadTargets: {
    why: 'Each run compares the group with the database: which targets are registered, and how healthy they are. An empty group also tells which type of address it takes.',
    wildcard: 'Elastic Load Balancing has no resource-level permission for its Describe actions.',
  },
  ChangeTargets: {
    why: 'The work itself: register the current address, deregister the former. This one group only; absent with observeOnly.',
  },
  ReadCluster: { why: 'Which member of this cluster is the writer, and what its endpoint is called.' },
  ReadMembers: {
    why: "Status, address name and port of the cluster's members.",
    wildcard:
      'A list with a filter is authorised against every DB instance of the account and Region, and members change. It only reads.',
  },
  ReadInstance: { why: 'Status, endpoint and port of this DB instance.' },
  ReadReplicas: {
    why: "Status, endpoint and port of this DB instance's replicas.",
    wildcard:
      'A list with a filter is authorised against every DB instance of the account and Region, and replicas change. It only reads.',
  },
  ManageNetworkInterfaces: {
    why: 'Lambda attaches the functions to the VPC with their own role. Only where the functions run in a VPC.',
    wildcard:
      'Lambda checks for these before an interface has an identifier; account and Region are as narrow as it documents.',
  },
  ReadNetworkInterfaces: {
    why: 'Lambda looks at subnets and interfaces when it attaches the functions. Only where the functions run in a VPC.',
    wildcard: 'EC2 has no resource-level permission for its Describe actions.',
  },
  WriteLogs: { why: "The function's own log group; it can neither create groups nor write to another." },
  InvokeDrift: {
    why: 'The deployment asks the drift function of this stack to register the writer, and fails when that fails.',
  },
};

/** What others may do with the resources of the stack. */
export const resourcePolicyReasons = {
  queueTls: 'Nobody, with whatever rights, uses the dead-letter queue without TLS.',
  queueRules: 'A rule of this stack keeps the events that it could not deliver.',
  invoke: 'A rule of this stack invokes the function that it wakes.',
  assume: 'Lambda, and nobody else, runs the functions with their roles.',
} as const;

/** Findings of cdk-nag that stand, and why. */
export const acknowledgedFindings = {
  accessLogs:
    'access logs of a Network Load Balancer exist for TLS listeners only, and this one forwards TCP; flow logs of the VPC show the connections',
  deadLetterQueue: 'this queue is the dead-letter queue',
} as const;
