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
    why: 'Each run compares the group with the database: which targets are registered, and how healthy they are. What the group is, and the zones of its load balancer, are compared with the database at deployment, `resync`, `plan` and `doctor`.',
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
  ReadCustomEndpoints: {
    why: 'Which members belong to the custom endpoint. Only with the role `custom`.',
    wildcard:
      "A list of a cluster's endpoints is authorised against every endpoint of the account and Region. It only reads.",
  },
  ReadInstance: { why: 'Status, endpoint and port of this DB instance.' },
  ReadNamesake: {
    why: 'Where there is no DB instance of this name, whether it is a cluster: the report then suggests what to write instead.',
  },
  ReadReplicas: {
    why: "Status, endpoint and port of this DB instance's replicas.",
    wildcard:
      'A list with a filter is authorised against every DB instance of the account and Region, and replicas change. It only reads.',
  },
  VerifyInterfaces: {
    why: "Before an address enters the group: whether its network interface is RDS's and carries a security group of the database. One call, only when something new is about to enter. Absent with verifyInterfaces false.",
    wildcard: 'EC2 has no resource-level permission for its Describe actions.',
  },
  ProveStandby: {
    why: "Which two network interfaces carry the marker security group: the writer's and the standby's. Each check proves it again. Only with warmStandby.",
    wildcard: 'EC2 has no resource-level permission for its Describe actions.',
  },
  LogInAsProbe: {
    why: 'Logs in to the members of the database as the user of the probe, and asks each whether it is the writer. Only with a probe and "login": "iam".',
    wildcard:
      'The resource id of a database changes at a blue/green switchover and is not known at synth, and each replica has its own. The user is exactly one, and exists only where an administrator has created it; probe.resourceId pins the database.',
  },
  ReadProbeSecret: {
    why: 'The password of the probe. This one secret only, and only with "login": "secret".',
  },
  DecryptProbeSecret: {
    why: 'Secrets Manager decrypts this one secret with your key on behalf of the functions. Only where probe.secretKeyArn is given; by no other way (kms:ViaService, and the secret in the encryption context).',
  },
  NotifyFailovers: {
    why: 'Tells this one topic of a failover that went well. Only with notifyFailovers.',
  },
  EncryptNotices: {
    why: "SNS encrypts the message with the topic's key on behalf of the functions; by no other way (kms:ViaService). Only where notifyFailovers.keyArn is given.",
  },
  ManageNetworkInterfaces: {
    why: 'Lambda attaches the functions to the VPC with their own role; where AWS RAM shares the subnets, in the subnets of their owner. Only where the functions run in a VPC.',
    wildcard:
      'Lambda checks for these before an interface has an identifier; account and Region are as narrow as it documents.',
  },
  LeaveNetworkInterfacesToLambda: {
    why: "Where `lambda:SourceFunctionArn` is set, the call comes from a function's code, or from credentials that leaked from it. Lambda's own calls do not carry it.",
    wildcard: 'It takes rights away, everywhere.',
  },
  ReadNetworkInterfaces: {
    why: 'Lambda reads subnets and interfaces when it attaches the functions. Only where the functions run in a VPC.',
    wildcard: 'EC2 has no resource-level permission for its Describe actions.',
  },
  DiagnoseLoadBalancing: {
    why: 'For `doctor`: how the group and its load balancer are set up. Only with diagnostics.',
    wildcard: 'Elastic Load Balancing has no resource-level permission for its Describe actions.',
  },
  DiagnoseNetwork: {
    why: "For `doctor`: whether security groups let the load balancer and the function through, the load balancer's subnets, and whose interfaces the APIs are reached at. Only with diagnostics.",
    wildcard: 'EC2 has no resource-level permission for its Describe actions.',
  },
  DiagnoseParameters: {
    why: 'For `doctor`: whether MySQL or MariaDB locks the load balancer out for its health checks (max_connect_errors). Only with diagnostics.',
    wildcard: 'Which parameter group the database uses may change at any time. It only reads.',
  },
  DiagnoseMetrics: {
    why: 'For `doctor`: whether the schedule fires and runs succeed, and which alarms watch them. Only with diagnostics.',
    wildcard: 'CloudWatch has no resource-level permission for metrics and for the alarms on one.',
  },
  DiagnoseRuleNames: {
    why: 'For `doctor`: which rules wake the function. Only with diagnostics.',
    wildcard: 'EventBridge has no resource-level permission for this list.',
  },
  DiagnoseAlarms: {
    why: 'For `doctor`: the state of the alarms. Only with diagnostics.',
    wildcard: 'The names of the alarms are chosen beside the functions, or by the user. It only reads.',
  },
  DiagnoseRules: { why: "For `doctor`: whether this stack's rules are enabled. Only with diagnostics." },
  DiagnoseSchedule: {
    why: "For `doctor`: whether the schedule of this stack's function is enabled. Only with diagnostics.",
  },
  InvokeOnSchedule: { why: 'EventBridge Scheduler wakes the drift function of this stack, and no other.' },
  KeepLostChecks: { why: 'A check that EventBridge Scheduler could not deliver is kept in the dead-letter queue.' },
  DiagnosePlacement: {
    why: 'For `doctor`: whether the functions of this stack run in a VPC. Only with diagnostics.',
  },
  WriteLogs: { why: "The function's own log group; it can neither create groups nor write to another." },
  ReadConnections: {
    why: 'Which connection requests exist, and of which accounts. Only with acceptAutomatically.',
    wildcard: 'EC2 has no resource-level permission for its Describe actions.',
  },
  AcceptConnections: {
    why: 'Accepts requests of the listed accounts, to this one endpoint service. Only with acceptAutomatically.',
  },
  InvokeDrift: {
    why: 'The deployment asks the drift function of this stack to register the writer and whether a target is healthy, and fails when that fails.',
  },
};

/** What other principals may do with the resources of the stack. */
export const resourcePolicyReasons = {
  queueTls: 'Requests to the dead-letter queue without TLS are denied, whatever the rights of the caller.',
  queueRules: 'A rule of this stack keeps the events that it could not deliver.',
  invoke: 'A rule of this stack invokes the function that it wakes.',
  acceptance: 'A topic of this stack invokes the acceptance function for each request.',
  endpoints:
    'The functions call these APIs from inside the VPC, with rights of this account only. Where endpoints are shared, the calls of every client in the VPC come this way: those of this account, and of placement.otherCallers, pass.',
  assume: 'Lambda, and nothing else, runs the functions with their roles.',
  schedule:
    'EventBridge Scheduler, for the schedule group of this stack alone, invokes the drift function with this role.',
} as const;

/** Findings of cdk-nag that stand, and why. */
export const acknowledgedFindings = {
  accessLogs:
    'access logs of a Network Load Balancer exist for TLS listeners only, and this one forwards TCP; flow logs of the VPC show the connections',
  deadLetterQueue: 'this queue is the dead-letter queue',
} as const;
