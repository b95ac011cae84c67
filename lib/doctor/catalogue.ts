type Entry = {
  /** What it is good for: what it means when the check is ok, and so what is missing when it is not. */
  readonly meaning: string;
  /** What to do when it failed. */
  readonly remedy: string;
};

/** Every check of `doctor`. docs/runbook.md has a section for each. */
export const catalogue = {
  'rds-api-answers': {
    meaning: 'The RDS API names the instances of the database, and who is the writer.',
    remedy:
      'Look at the message: a wrong identifier, a missing permission, or no way to the API. Set DATABASE_ENDPOINT to survive an outage of it.',
  },
  'name-resolves': {
    meaning: "DNS knows the database's names. A name that does not resolve keeps the group as it is.",
    remedy:
      'Check the name and, inside a VPC, its DNS support and the route to DNS_SERVERS; a private zone is seen from its VPC only.',
  },
  'desired-state-known': {
    meaning: 'The sources together say what the group should hold. While they do not, nothing is changed.',
    remedy: 'Go by the reason: docs/runbook.md has a section for each under Holds.',
  },
  'target-group-answers': {
    meaning: 'The targets of the group could be read.',
    remedy: 'Go by the code in the message: docs/runbook.md has a section for each under Errors.',
  },
  'target-healthy': {
    meaning: 'The load balancer reaches a database. Without a healthy target it sends connections to all of them.',
    remedy: 'Look at the state and reason of the targets, then at the security groups of the database.',
  },
  'in-sync': {
    meaning: 'The group holds what it should.',
    remedy: 'Invoke {"action":"plan"} to see the difference and {"action":"resync"} to correct it.',
  },
  'doctor-complete': {
    meaning: 'The wide checks are in a file of their own, doctor.mjs, beside index.mjs.',
    remedy: 'Deploy the whole directory of the bundle.',
  },
  'one-private-address': {
    meaning: 'The name leads to one private address, which may be a target.',
    remedy:
      'A public address: run the functions inside the VPC. Another private range, or the IPv6 range of the VPC: add it to ALLOWED_CIDRS. Several addresses: follow the name as a hostname.',
  },
  'sources-agree': {
    meaning: 'The RDS API and DNS name the same writer at the same address.',
    remedy: 'During a failover wait. Otherwise compare the endpoints, and correct DATABASE_ENDPOINT.',
  },
  'apis-reached-privately': {
    meaning: 'The AWS APIs answer and, where the function runs in a VPC, without leaving it.',
    remedy:
      'Create interface endpoints for elasticloadbalancing and rds in the VPC, with private DNS or with their addresses in AWS_ENDPOINT_URL_….',
  },
  'database-admits-function': {
    meaning:
      "The database's security group admits the function. Only the doctor connects to the database; the work does not need it.",
    remedy: "Admit the function's security group on the database's port, or leave it: only the next check needs it.",
  },
  'writer-accepts-connections': {
    meaning: 'The writer answers the function in the protocol of its engine, as only a database that serves does.',
    remedy:
      'It accepts and says nothing: it hangs, so look at its CPU, memory and storage, and fail it over. Refused: recover the database, or correct TARGET_PORT. No answer: security groups, network ACLs and routes.',
  },
  'group-type-ip': {
    meaning: 'The group holds addresses. Instances, functions and load balancers cannot stand for a database.',
    remedy: 'Make a new target group of type ip; the type of a group cannot be changed.',
  },
  'group-in-database-vpc': {
    meaning: 'Group and database are in the same VPC: an address of another one is refused, or is somebody else there.',
    remedy: 'Make the group in the VPC of the database.',
  },
  'group-port': {
    meaning: "The group speaks TCP on the database's port.",
    remedy: 'Make the group anew with the port of the database, or set TARGET_PORT if the port is meant to differ.',
  },
  'group-attributes': {
    meaning: 'Sessions to a former writer, which may be a healthy reader now, end at once.',
    remedy:
      'aws elbv2 modify-target-group-attributes: deregistration_delay.timeout_seconds=0, deregistration_delay.connection_termination.enabled=true.',
  },
  'no-other-targets': {
    meaning: 'Nobody else is registered. Whoever is gets connections, and writes.',
    remedy:
      'Find in CloudTrail (RegisterTargets) who put it there. With REMOVE_STALE=never nothing is ever removed: deregister it by hand.',
  },
  'load-balancer-forwards': {
    meaning: 'A listener sends connections to the group.',
    remedy: 'Add a TCP listener that forwards to the group, or correct TARGET_GROUP_ARN.',
  },
  'zones-cover-database': {
    meaning: 'The load balancer has a node in every zone where the database may be.',
    remedy: 'Add a subnet in each missing zone to the load balancer (aws elbv2 set-subnets names all of them).',
  },
  'cross-zone-on': {
    meaning: 'Every zone of the load balancer reaches the one writer. Without it, consumers in other zones time out.',
    remedy: 'aws elbv2 modify-load-balancer-attributes: load_balancing.cross_zone.enabled=true.',
  },
  'load-balancer-admits-consumers': {
    meaning:
      "The load balancer's security groups let consumers in on the listener's port, or do not judge PrivateLink.",
    remedy:
      'Add a rule for the consumers, or aws elbv2 set-security-groups --enforce-security-group-inbound-rules-on-private-link-traffic off.',
  },
  'load-balancer-reaches-database': {
    meaning: "The load balancer's security groups let connections and health checks out to the database.",
    remedy: "Add an outbound rule for the database's port, to its security group or address range.",
  },
  'database-admits-load-balancer': {
    meaning: "The database's security group lets the load balancer in.",
    remedy: "Admit the load balancer's security group (or, when it has none, its subnets) on the database's port.",
  },
  'rules-enabled': {
    meaning:
      'EventBridge rules wake this function. The drift function sees its schedule, the failover function its event rules.',
    remedy:
      'aws events enable-rule, or npx --no -- cdk deploy STACK --revert-drift; a plain deployment changes nothing where the template is the same.',
  },
  'rules-fired': {
    meaning: 'The schedule has woken the function lately. Event rules fire only when something happens.',
    remedy:
      "Look at the rule's FailedInvocations and the function's Throttles; deploy again if its permission to invoke is gone.",
  },
  'runs-succeed': {
    meaning: 'Runs end with the group in sync.',
    remedy: 'Read the last reports in the log: held, waiting, observed, or an error with a code.',
  },
  'alarms-exist': {
    meaning: 'Somebody would be told: the alarms of docs/runbook.md exist.',
    remedy: 'Turn alarms.enabled on and deploy; no-healthy-target needs loadBalancerArn beside an existing group.',
  },
  'alarms-quiet': {
    meaning: 'No alarm rings, and none lacks data.',
    remedy: 'Go to the section of the alarm in docs/runbook.md.',
  },
  'permissions-suffice': {
    meaning: 'The role may do the work, and read what the checks need.',
    remedy:
      "Grant the named action to the function's role, and in endpoint policies, boundaries and service control policies.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type CheckName = keyof typeof catalogue;
