const alternative =
  'use a DatabaseEndpointService with a TargetReconciler (in databases.json: "access": "load-balancer")';

/** What a resource gateway cannot do, each with what can, for the construct and for databases.json. */
export const gatewayLimits = {
  publicCluster: `a resource gateway takes no publicly accessible cluster; ${alternative}`,
  readers: `a resource gateway shares a cluster with all its endpoints, of readers too, and an instance alone; leave "reader" out, or ${alternative}`,
  idleTimeout: `the idle time-out of a resource gateway is fixed at 350 seconds; use TCP keepalive, or ${alternative}`,
  otherRegions: `a resource gateway serves consumers of its own Region only; ${alternative}`,
  vendorName: `a resource configuration is no endpoint service, and has no service name to give to a vendor; ${alternative}`,
} as const;
