/* Limits of AWS, for the constructs and the configuration files alike. A pair is the smallest and the largest whole number. */

export const limits = {
  port: [1, 65_535],
  idleSeconds: [60, 6000],
  /** "Share your services through AWS PrivateLink", "Cross-Region access": not with a custom TCP idle time-out. */
  crossRegionIdleSeconds: 350,
  /** "Quotas for your Network Load Balancers": not adjustable. */
  listenersPerLoadBalancer: 50,
  /** The same page, with cross-zone load balancing, in all zones together. A target counts in each of its groups. */
  targetsPerLoadBalancer: 500,
  /** "Amazon VPC quotas": inbound and outbound, IPv4 and IPv6 apart. Adjustable. */
  rulesPerSecurityGroup: 60,
  /** "Tag your Amazon EC2 resources", and CloudFormation's own for a stack. */
  tags: 50,
  healthCheckSeconds: [5, 300],
  healthCheckCount: [2, 10],
  /** With 0 a function never runs. */
  reservedConcurrency: [1, 1000],
  addressesPerInterface: [1, 62],
  /** CloudWatch looks back a day at most when a period is shorter than an hour. */
  alarmMinutes: [1, 1440],
  /** Of the five periods that the alarm evaluates. */
  errorPeriods: [1, 5],
} as const;

const alternative =
  'use a DatabaseEndpointService with a TargetReconciler (in databases.json: "access": "load-balancer")';

/** What a resource gateway cannot do, each with what can. */
export const gatewayLimits = {
  publicCluster: `a resource gateway takes no publicly accessible cluster; ${alternative}`,
  readers: `a resource gateway shares a cluster with all its endpoints, of readers too, and an instance alone; leave "reader" out, or ${alternative}`,
  idleTimeout: `the idle time-out of a resource gateway is fixed at 350 seconds; use TCP keepalive, or ${alternative}`,
  otherRegions: `a resource gateway serves consumers of its own Region only; ${alternative}`,
  vendorName: `a resource configuration is no endpoint service, and has no service name to give to a vendor; ${alternative}`,
} as const;

/** Why a standby stays cold there: its address may pass to another database, and with a load balancer of its own it is then not reached. */
export const sharedStandbyRefusal =
  'a shared load balancer reaches its other databases, too, so an address that passed to one of them would get the clients of this one; use an endpoint service of its own';
