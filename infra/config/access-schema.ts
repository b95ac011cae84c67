import { clientRange } from '../../lib/addresses.ts';
import { principalPattern, servicePrincipal } from '../../lib/partitions.ts';
import * as f from './fields.ts';
import { limits } from './limits.ts';

/* The parts of databases.json about access: endpoint service and resource gateway. */

export const access = f
  .oneOf('load-balancer', 'resource-gateway', 'both')
  .describe(
    'How consumers reach the database: through a load balancer whose group is kept, through a resource gateway of VPC Lattice without any function, or ' +
      'both, for a move (docs/choose.md). Default: load-balancer',
  );

const ramPrincipal = () =>
  f.text(
    principalPattern('organizations', '(organization|ou)/o-[a-z0-9]{10,32}(/ou-[a-z0-9-]+)?'),
    'an account (12 digits), or the ARN of an organisation or an organisational unit',
  );

export const resourceGateway = f
  .object(
    {
      allowedPrincipals: f
        .list(ramPrincipal(), 'principals')
        .optional()
        .describe('Principals that AWS RAM shares the database with. Default: none, only endpoints of the own account'),
      databaseSecurityGroupId: f
        .ec2Id('sg')
        .optional()
        .describe('Security group of the database; a rule that admits the gateway is added. Default: no rule is added'),
      databaseCidrs: f
        .list(f.ipv4Cidr(), 'IPv4 ranges')
        .optional()
        .describe('What the gateway may reach where databaseSecurityGroupId is left out. Default: the private ranges'),
      addressesPerInterface: f
        .whole(...limits.addressesPerInterface)
        .optional()
        .describe(
          'Addresses of the gateway in each subnet; another number makes a second gateway (docs/provider.md). Default: 16',
        ),
      resolveInVpc: f
        .flag()
        .optional()
        .describe('Whether a host name is looked up in the VPC, where its private zones count. Default: false'),
      logRetentionDays: f.retentionDays().optional().describe('How long access logs are kept. Default: 30'),
      quietMinutes: f
        .whole(...limits.alarmMinutes)
        .optional()
        .describe('Minutes without any new connection before an alarm rings. Default: no such alarm'),
    },
    'a resource gateway',
  )
  .describe('A resource gateway, with a share and access logs. Only with "access": "resource-gateway" or "both"');

const iamPrincipal = () =>
  f.text(
    servicePrincipal,
    'an account (12 digits) or arn:aws:iam::ACCOUNT:root (or role/NAME, user/NAME); "*", an organisation or a group is not accepted',
  );

const connections = {
  allowedPrincipals: f
    .list(iamPrincipal(), 'principals')
    .optional()
    .describe(
      'Accounts, roles or users that may request a connection; list the own account too, if it is to connect. Default: none',
    ),
  acceptanceRequired: f.flag().optional().describe('Whether each connection has to be accepted by hand. Default: true'),
  acceptAutomatically: f
    .list(f.account(), 'accounts')
    .optional()
    .describe(
      'Accounts whose requests a function accepts; requests of other accounts wait for an operator. Default: none, and no function',
    ),
  consumerCidrs: f
    .list(f.clientCidr(`an IPv4 or IPv6 range like 10.0.0.0/16 or fd00:1::/56, ${clientRange}`), 'ranges of clients')
    .optional()
    .describe(
      "Private ranges of the consumers' clients, enforced on PrivateLink traffic, which shows the clients' own addresses. Default: every client whose connection was accepted",
    ),
  supportedRegions: f
    .list(f.region(), 'Regions')
    .optional()
    .describe(
      'Regions that consumers connect from; the own one is added where "region" names it. Default: only the Region of the database',
    ),
  privateDnsName: f
    .zoneName()
    .optional()
    .describe('Name under which consumers reach the service; you prove that the domain is yours. Default: none'),
  notificationTopicArn: f
    .arn('sns', '[A-Za-z0-9_-]+', 'TOPIC')
    .optional()
    .describe('Topic that receives connection requests and their outcome. Default: no notifications'),
};

const loadBalancer = {
  addressType: f
    .oneOf('ipv4', 'dual-stack')
    .optional()
    .describe("Addresses that consumers' endpoints may have; dual-stack needs subnets with IPv6 ranges. Default: ipv4"),
  deletionProtection: f
    .flag()
    .optional()
    .describe(
      'Whether the load balancer refuses to be deleted; set it after the first deployment, which could not take it back. Default: false',
    ),
};

const listener = {
  targetAddressType: f
    .oneOf('ipv4', 'ipv6')
    .optional()
    .describe(
      'Addresses of the database that are registered; ipv6 needs "addressType": "dual-stack". Changing it replaces the group. Default: ipv4',
    ),
  listenerPort: f
    .port()
    .optional()
    .describe('Port that consumers connect to; with "shared" required. Default: the port of the database'),
  idleTimeoutSeconds: f
    .whole(...limits.idleSeconds)
    .optional()
    .describe('Seconds that a connection may be silent; with consumers in other Regions only 350. Default: 350'),
  healthCheckIntervalSeconds: f
    .whole(...limits.healthCheckSeconds)
    .optional()
    .describe(
      'Seconds between health checks of a target; a longer one makes a failover slower, since a new target needs a check. Default: 10',
    ),
  healthyThreshold: f
    .whole(...limits.healthCheckCount)
    .optional()
    .describe('Checks in a row that make an unhealthy target healthy. Default: 2'),
  unhealthyThreshold: f
    .whole(...limits.healthCheckCount)
    .optional()
    .describe('Failed checks in a row that make a target unhealthy. Default: 2'),
  databaseSecurityGroupId: f
    .ec2Id('sg')
    .optional()
    .describe(
      'Security group of the database; a rule that admits the load balancer is added. Default: no rule is added',
    ),
  databaseCidrs: f
    .list(f.cidr(), 'IPv4 or IPv6 ranges')
    .optional()
    .describe(
      'What the load balancer may reach where databaseSecurityGroupId is left out. Default: the private ranges; with "shared" one of the two is required',
    ),
};

export const endpointService = f
  .object(
    {
      shared: f
        .name()
        .optional()
        .describe(
          'Name of an entry of loadBalancers: the database gets a listener there, and no load balancer of its own. The keys about consumers are then in that entry (docs/provider.md). Default: none',
        ),
      ...connections,
      ...loadBalancer,
      ...listener,
    },
    'an endpoint service',
  )
  .describe('A new internal Network Load Balancer and VPC endpoint service. Give this or "targetGroupArn"');

/** Keys of `endpointService` that an entry of `loadBalancers` has, and not a database behind it. `consumerCidrs` both may have. */
export const sharedKeys: readonly string[] = Object.keys({ ...connections, ...loadBalancer }).filter(
  (key) => key !== 'consumerCidrs',
);

export const sharedEndpointService = f
  .object(
    {
      ...connections,
      ...loadBalancer,
      databaseSecurityGroupIds: f
        .list(f.ec2Id('sg'), 'security groups')
        .optional()
        .describe(
          'Security groups that several of the databases have: a rule here admits the load balancer to all their ports, and the databases add none. Default: none',
        ),
    },
    'an endpoint service',
  )
  .describe('The load balancer and the endpoint service, and who may connect to the databases behind them');
