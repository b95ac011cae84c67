import { basicCatalogue, type Entry } from './basic-catalogue.ts';

/** Every check of `doctor`. docs/runbook.md has a section for each. */
export const catalogue = {
  ...basicCatalogue,
  'one-private-address': {
    meaning: 'The name leads to one private address, which may be a target.',
    failure: 'The name does not lead to one private address, so the address of the database may not be registered.',
    remedy:
      'A public address: run the functions inside the VPC. Another private range, or the IPv6 range of the VPC: add it to ALLOWED_CIDRS. Several addresses: follow the name as a hostname.',
  },
  'sources-agree': {
    meaning: 'The RDS API and DNS name the same writer at the same address.',
    failure: 'The RDS API, DNS and the configuration disagree about the writer: meanwhile the group may stay as it is.',
    remedy: 'During a failover wait. Otherwise compare the endpoints, and correct DATABASE_ENDPOINT.',
  },
  'apis-reached-privately': {
    meaning: 'The AWS APIs answer and, where the function runs in a VPC, without leaving it.',
    failure: 'API calls leave the VPC: an outage of NAT or of the way to the internet stops the function.',
    remedy:
      'Create interface endpoints for elasticloadbalancing and rds in the VPC, with private DNS or with their addresses in AWS_ENDPOINT_URL_….',
  },
  'database-admits-function': {
    meaning:
      "The database's security group admits the function. Only the doctor connects to the database; the work does not need it.",
    failure: "The database's security group does not admit the function, so the doctor cannot ask the database itself.",
    remedy: "Admit the function's security group on the database's port, or leave it: only the next check needs it.",
  },
  'writer-accepts-connections': {
    meaning: 'The writer answers the function in the protocol of its engine, as only a database that serves does.',
    failure:
      'The writer does not answer as a database that serves: consumers are not served, whatever the load balancer finds.',
    remedy:
      'It accepts and says nothing: it hangs, so check its CPU, memory and storage, and fail it over. Refused: recover the database, or correct TARGET_PORT. No answer: security groups, network ACLs and routes.',
  },
  'group-type-ip': {
    meaning: 'The group holds addresses. Instances, functions and load balancers cannot stand for a database.',
    failure: 'The group cannot hold addresses: no database can be registered in it.',
    remedy: 'Make a new target group of type ip; the type of a group cannot be changed.',
  },
  'group-in-database-vpc': {
    meaning: 'Group and database are in the same VPC, or the group reaches the database from its own.',
    failure:
      'The group is in another VPC than the database, and no healthy target shows that it is reached from there: its address is refused, or belongs to another host.',
    remedy:
      'Make the group in the VPC of the database; or peer the two VPCs, without addresses that are the same, so that the target gets healthy.',
  },
  'group-port': {
    meaning: "The group speaks TCP on the database's port.",
    failure:
      "The group's protocol or port is not the database's: its health checks and new targets may go to a wrong port.",
    remedy: 'Create the group again with the port of the database, or set TARGET_PORT if the port is meant to differ.',
  },
  'group-attributes': {
    meaning: 'Deregistering a former writer, which may be a healthy reader now, ends the sessions to it.',
    failure:
      'Sessions to a former writer go on after its deregistration: clients write to a reader, and fail, until they connect again.',
    remedy:
      'aws elbv2 modify-target-group-attributes --target-group-arn GROUP --attributes Key=deregistration_delay.timeout_seconds,Value=0 Key=deregistration_delay.connection_termination.enabled,Value=true, with the output TargetGroupArn for GROUP.',
  },
  'warm-standby': {
    meaning: 'The standby is proven and registered, so that a failover takes as long as the health checks.',
    failure: 'A failover would need a registration, or last longer than the fastest health checks.',
    remedy:
      'Go by the detail: docs/warm-standby.md says what the proof needs. Put the marker group on this database alone, check every 5 s with thresholds 2, turn cross-zone on and stickiness off. WARM_STANDBY=false ends the attempts.',
  },
  'no-other-targets': {
    meaning: 'No unexpected targets are registered: every registered target receives connections, and writes.',
    failure: 'Other targets are registered: they receive a share of all connections, and writes.',
    remedy:
      'Right after a failover this is the former writer, and the next check removes it. Otherwise find in CloudTrail (RegisterTargets) what registered it. With REMOVE_STALE=never nothing is ever removed: deregister it by hand.',
  },
  'addresses-verified': {
    meaning: "The addresses in the group belong to the database's own network interfaces.",
    failure: "An address in the group is not the database's: connections, with their passwords, go somewhere else.",
    remedy: 'Deregister it, and find in CloudTrail (RegisterTargets) what registered it; or go by the security groups.',
  },
  'load-balancer-forwards': {
    meaning: 'A listener sends connections to the group.',
    failure: 'No listener sends connections to the group: consumers are not served.',
    remedy: 'Add a TCP listener that forwards to the group, or correct TARGET_GROUP_ARN.',
  },
  'zones-cover-database': {
    meaning: 'The load balancer has a node in every zone where the database may be.',
    failure: 'After a failover into a zone without a load balancer subnet the database gets no connections.',
    remedy:
      'Add a subnet in each missing zone to "vpc.subnets", or to a load balancer of your own: the runbook has the command.',
  },
  'cross-zone-on': {
    meaning: 'Every zone of the load balancer reaches the one writer. Without it, consumers in other zones time out.',
    failure: "Consumers in a zone other than the writer's get no connection.",
    remedy:
      'aws elbv2 modify-target-group-attributes --target-group-arn GROUP --attributes Key=load_balancing.cross_zone.enabled,Value=true, with the output TargetGroupArn for GROUP.',
  },
  'load-balancer-admits-consumers': {
    meaning:
      "The load balancer's security groups let consumers in on the listener's port, or do not judge PrivateLink.",
    failure: "The load balancer's security groups let no consumer in.",
    remedy:
      'Add a rule for the consumers (endpointService.consumerCidrs), or turn the judgement of PrivateLink off: the runbook has the commands.',
  },
  'load-balancer-reaches-database': {
    meaning: "The load balancer's security groups let connections and health checks out to the database.",
    failure: "The load balancer's security groups let nothing out to the database: health checks and consumers fail.",
    remedy: "Add an outbound rule for the database's port, to its security group or address range.",
  },
  'database-admits-load-balancer': {
    meaning: "The database's security group lets the load balancer in.",
    failure: "The database's security group keeps the load balancer out: health checks and consumers fail.",
    remedy: "Admit the load balancer's security group (or, when it has none, its subnets) on the database's port.",
  },
  'max-connect-errors': {
    meaning: "The load balancer's health checks do not make the database refuse its clients (MySQL's error 1129).",
    failure:
      "The load balancer's health checks count as failed connections: while no client logs in, they make the database refuse all of them (error 1129).",
    remedy:
      'aws rds modify-db-parameter-group --db-parameter-group-name GROUP --parameters ParameterName=max_connect_errors,ParameterValue=1000000,ApplyMethod=immediate, with a parameter group of your own for GROUP. It takes effect at once.',
  },
  'rules-enabled': {
    meaning:
      'EventBridge wakes this function: the drift function by its schedule, the failover function by the rule for its events.',
    failure:
      'A function is not woken: without the rule for its events a failover waits for the schedule, without the schedule a missed event is never corrected.',
    remedy:
      'Put it back with npx --no -- cdk deploy STACK --revert-drift, or a rule with aws events enable-rule --name RULE, its name in the detail; a plain deployment changes nothing where the template is the same.',
  },
  'rules-fired': {
    meaning: 'The schedule has woken the function lately. The rule for events fires only when something happens.',
    failure: 'The schedule has not woken the function: a missed event would not be corrected.',
    remedy:
      "Check the schedule's TargetErrorCount (AWS/Scheduler), a rule's FailedInvocations and the function's Throttles; deploy again if the permission to invoke is gone.",
  },
  'runs-succeed': {
    meaning: 'Runs end with the group in sync.',
    failure: 'No run has ended with the group in sync lately: a failover now might not be followed.',
    remedy: 'Read the last reports in the log: held, waiting, observed, or an error with a code.',
  },
  'alarms-exist': {
    meaning: 'The alarms of docs/runbook.md exist.',
    failure: 'Alarms are missing: some faults would reach no operator.',
    remedy: 'Turn alarms.enabled on and deploy; no-healthy-target needs loadBalancerArn beside an existing group.',
  },
  'alarms-quiet': {
    meaning: 'No alarm rings, and none lacks data.',
    failure: 'An alarm rings, or has no data.',
    remedy: 'Go to the section of the alarm in docs/runbook.md.',
  },
  'functions-answer': {
    meaning:
      'Both functions answer when they are asked: failover, which events wake, and drift, which the schedule wakes.',
    failure: 'A function does not run, so what wakes it has no effect.',
    remedy: 'Go by the message; the log of the function has the same.',
  },
  'permissions-suffice': {
    meaning: 'The role may do the work, and read what the checks need.',
    failure: 'AWS refuses the role a call that the work needs.',
    remedy:
      "Grant the named action to the function's role, and in endpoint policies, boundaries and service control policies.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type CheckName = keyof typeof catalogue;
