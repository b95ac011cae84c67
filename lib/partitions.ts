/*
 * The partitions of AWS: the one place that knows how Regions, ARNs and host names differ between them. Source: the endpoint data of the
 * AWS SDK (partitions.json); a test compares this table with the copy in node_modules. Patterns are texts, as JSON Schema has them.
 */

type Partition = {
  readonly id: string;
  /** How its Regions begin; a pattern. A place and a number follow. */
  readonly area: string;
  /** Ends the names of service endpoints, databases, load balancers and interface endpoints. */
  readonly dnsSuffix: string;
  /** Ends the names of VPC Lattice's resource endpoints, behind `on.`. */
  readonly siteSuffix: string;
};

export const partitions = [
  // Two letters and not a list of them: AWS has added `il`, `mx` and others.
  { id: 'aws', area: '[a-z]{2}', dnsSuffix: 'amazonaws.com', siteSuffix: 'aws' },
  {
    id: 'aws-cn',
    area: 'cn',
    dnsSuffix: 'amazonaws.com.cn',
    siteSuffix: 'amazonwebservices.com.cn',
  },
  { id: 'aws-us-gov', area: 'us-gov', dnsSuffix: 'amazonaws.com', siteSuffix: 'aws' },
  {
    id: 'aws-eusc',
    area: 'eusc-[a-z]{2}',
    dnsSuffix: 'amazonaws.eu',
    siteSuffix: 'amazonwebservices.eu',
  },
  { id: 'aws-iso', area: 'us-iso', dnsSuffix: 'c2s.ic.gov', siteSuffix: 'aws.ic.gov' },
  { id: 'aws-iso-b', area: 'us-isob', dnsSuffix: 'sc2s.sgov.gov', siteSuffix: 'aws.scloud' },
  { id: 'aws-iso-e', area: 'eu-isoe', dnsSuffix: 'cloud.adc-e.uk', siteSuffix: 'cloud-aws.adc-e.uk' },
  { id: 'aws-iso-f', area: 'us-isof', dnsSuffix: 'csp.hci.ic.gov', siteSuffix: 'aws.hci.ic.gov' },
] as const satisfies readonly Partition[];

const escaped = (text: string): string => text.replaceAll('.', '\\.');
const oneOf = (patterns: readonly string[]): string => `(?:${[...new Set(patterns)].join('|')})`;
const whole = (pattern: string, flags?: string): RegExp => new RegExp(`^${pattern}$`, flags);

const region = `${oneOf(partitions.map(({ area }) => area))}-[a-z]+-[0-9]+`;
const dnsSuffix = oneOf(partitions.map((partition) => escaped(partition.dnsSuffix)));
const siteSuffix = oneOf(partitions.map((partition) => escaped(partition.siteSuffix)));
/** `com.amazonaws.vpce`, `cn.com.amazonaws.vpce`: an endpoint service has the suffix backwards. */
const serviceDomain = oneOf(
  partitions.map((partition) => escaped(`${partition.dnsSuffix.split('.').reverse().join('.')}.vpce`)),
);

export const regionPattern: RegExp = whole(region);
export const isRegion = (text: string): boolean => regionPattern.test(text);

/** The partition that a Region is in. China's Regions look like those of `aws`, which comes first. */
export const partitionOf = (name: string): string | undefined =>
  partitions.findLast(({ area }) => whole(`${area}-[a-z]+-[0-9]+`).test(name))?.id;

/** An Availability Zone, `eu-central-1a`, or a local one, `us-west-2-lax-1a`. */
export const zonePattern: RegExp = whole(`${region}(?:-[a-z0-9]+-[0-9]+)?[a-z]`);

/** `arn:PARTITION:`, without an anchor. */
const anyArn = `arn:${oneOf(partitions.map(({ id }) => id))}:`;

/** An ARN with its Region and account. `resource` is a pattern. */
export const arnPattern = (service: string, resource: string): RegExp =>
  whole(`${anyArn}${service}:${region}:[0-9]{12}:${resource}`);

/** An ARN of a service without Regions, as IAM's and Organizations'. `resource` is a pattern. */
export const globalArnPattern = (service: string, resource: string): RegExp => whole(globalArn(service, resource));

/** The same, or an account. */
export const principalPattern = (service: string, resource: string): RegExp =>
  whole(`(?:[0-9]{12}|${globalArn(service, resource)})`);

const globalArn = (service: string, resource: string): string => `${anyArn}${service}::[0-9]{12}:${resource}`;

/** Who may connect to an endpoint service: EC2 takes no organisation, no group and no wildcard within a name. */
export const servicePrincipal: RegExp = principalPattern('iam', '(root|(user|role)/[^*?\\s]+)');

/** Principals are told apart without their partition. */
export const withoutPartition = (arn: string): string => arn.replace(new RegExp(`^${anyArn}`), 'arn::');

/** The name of an endpoint service: `com.amazonaws.vpce.REGION.vpce-svc-…`. The first group is its Region. */
export const endpointServiceName: RegExp = whole(`${serviceDomain}\\.(${region})\\.vpce-svc-[0-9a-f]{8,17}`);

/** As people are told it. */
export const endpointServiceShown = 'com.amazonaws.vpce.REGION.vpce-svc-… (in China cn.com.amazonaws.vpce.…)';

/* Host names, without the dot at their end. China has the service before the Region, the others behind it; both are taken everywhere. */

const inRegion = (service: string): string => `(?:${service}\\.[a-z0-9-]+|[a-z0-9-]+\\.${service}|${service})`;

/** `vpce-ID-HASH.vpce-svc-ID.REGION.vpce.amazonaws.com`, and with the zone behind the hash. */
export const interfaceEndpointName: RegExp = whole(`vpce-.*\\.vpce\\.${dnsSuffix}`, 'i');
/** An endpoint to a shared resource configuration of VPC Lattice. */
export const resourceEndpointName: RegExp = whole(`.+\\.vpc-lattice-rsc\\.[a-z0-9-]+\\.on\\.${siteSuffix}`, 'i');
export const loadBalancerName: RegExp = whole(`.+\\.${inRegion('elb')}\\.${dnsSuffix}`, 'i');
export const databaseHostName: RegExp = whole(`.+\\.${inRegion('rds')}\\.${dnsSuffix}`, 'i');

const proxyHostName = whole(
  `([a-z][a-z0-9-]*)\\.(endpoint\\.)?proxy-[a-z0-9]+\\.${inRegion('rds')}\\.${dnsSuffix}\\.?`,
  'i',
);

/** What a host name tells of an RDS Proxy, in lower case: the proxy's name, or that of one of its further endpoints. */
export function proxyOfHost(hostname: string): { readonly proxy?: string; readonly endpoint?: string } {
  const [, name, isFurther] = proxyHostName.exec(hostname.toLowerCase()) ?? [];
  if (name === undefined) return {};
  return isFurther ? { endpoint: name } : { proxy: name };
}
