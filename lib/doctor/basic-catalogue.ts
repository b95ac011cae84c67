export type Entry = {
  /** What it means when the check is ok. */
  readonly meaning: string;
  /** What it means when it failed: what is wrong, and for whom. */
  readonly failure: string;
  /** What to do when it failed. */
  readonly remedy: string;
};

/** The checks that need no instrument; lib/doctor/checks.ts tells them. */
export const basicCatalogue = {
  'rds-api-answers': {
    meaning: 'The RDS API names the instances of the database and its writer.',
    failure: 'The RDS API does not list the instances: runs go by DATABASE_ENDPOINT, where that suffices, or hold.',
    remedy:
      'Read the message: a wrong identifier, a missing permission, or no way to the API. Set DATABASE_ENDPOINT to survive an outage of it.',
  },
  'name-resolves': {
    meaning: "DNS knows the database's names. A name that does not resolve keeps the group as it is.",
    failure: 'A name of the database does not resolve: while it does not, the group stays as it is.',
    remedy:
      'Check the name and, inside a VPC, its DNS support and the route to DNS_SERVERS; a private zone is seen from its VPC only.',
  },
  probe: {
    meaning: 'Each member says of itself whether it is the writer, and exactly one says that it is.',
    failure:
      'A member does not say whether it is the writer: a failover is followed by DNS and the RDS API alone, which takes half a minute.',
    remedy:
      'Go by the reason in the detail: the database user and its grant, the secret, the security groups between function and database, or a login that the engine does not support. To end the attempts: PROBE=off.',
  },
  'desired-state-known': {
    meaning: 'The sources together say what the group should hold. While they do not, nothing is changed.',
    failure: 'It is not known what belongs into the group: a failover now would not be followed.',
    remedy: 'Go by the reason: docs/runbook.md has a section for each under Holds.',
  },
  'configuration-matches': {
    meaning: 'The database and the target group are what the configuration says.',
    failure:
      'The configuration says something that the API contradicts: the group stays as it is, or a failover would not be followed.',
    remedy: 'Write what the detail says; docs/runbook.md tells for each case what the thing is.',
  },
  'target-group-answers': {
    meaning: 'The targets of the group could be read.',
    failure: 'The group cannot be read: a failover now would not be followed.',
    remedy: 'Go by the code in the message: docs/runbook.md has a section for each under Errors.',
  },
  'target-healthy': {
    meaning: 'The load balancer reaches a database. Without a healthy target it sends connections to all of them.',
    failure: 'The load balancer finds no target healthy: consumers are not served.',
    remedy:
      'Check the state and reason of the targets: a zone without a load balancer subnet, a zonal shift, or the security groups of the database.',
  },
  'in-sync': {
    meaning: 'The group holds what it should.',
    failure: 'The group does not hold what it should: consumers reach a wrong address, or none.',
    remedy:
      'Invoke {"action":"plan"} to see the difference and {"action":"resync"} to correct it; while a pause lasts, that changes nothing.',
  },
  'targets-shown': {
    meaning: 'The name has shown the address of each healthy target within the last hour.',
    failure: 'A healthy target gets connections, and the name has not shown its address for an hour.',
    remedy:
      'Find out who it is and who registered it (CloudTrail, RegisterTargets), and deregister it if it is not the database: aws elbv2 deregister-targets --target-group-arn ARN --targets Id=ADDRESS,Port=PORT. A name that shows an address more seldom than that needs removeStale: never.',
  },
  'corrects-differences': {
    meaning: 'The functions correct a difference that they find.',
    failure: 'The functions only observe: a failover now would not be followed.',
    remedy:
      'A pause ends by itself, at the time in the detail; rds-target resume ends it now. OBSERVE_ONLY: turn it off and deploy, once the plans are what you want.',
  },
  'doctor-complete': {
    meaning: 'The extended checks are in a file of their own, doctor.mjs, beside index.mjs.',
    failure: "Part of the function's code is missing, so most checks were not made.",
    remedy: 'Deploy the whole directory of the bundle.',
  },
} as const satisfies Record<string, Entry>;
