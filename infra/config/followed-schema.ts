import * as z from 'zod';
import { didYouMeanWord } from './did-you-mean.ts';
import * as f from './fields.ts';

/* The parts of databases.json that say what is followed, and in which network. */

const engine = () =>
  f
    .oneOf('postgres', 'aurora-postgresql', 'mysql', 'aurora-mysql', 'mariadb', 'sqlserver', 'oracle', 'db2')
    .optional()
    .describe(
      'Engine, for the warning that health checks make MySQL and MariaDB refuse clients (error 1129). Default: MySQL at port 3306',
    );

/** Products are taken for kinds as well. */
function kindMeant(kind: unknown): string {
  const product = { aurora: 'cluster', rds: 'instance', proxy: 'hostname', redshift: 'hostname' };
  const known = Object.entries(product).find(([name]) => typeof kind === 'string' && kind.toLowerCase().includes(name));
  const kinds = ['instance', 'cluster', 'hostname'];
  const word = didYouMeanWord(kind, kinds);
  return word === '' && known ? didYouMeanWord(known[1], kinds) : word;
}

const securityGroupIds = (described: string) => f.list(f.ec2Id('sg'), 'security groups').optional().describe(described);

const followed = {
  endpoint: f
    .hostName()
    .optional()
    .describe('Endpoint to use while the RDS API does not answer. Default: nothing changes while it does not answer'),
  engine: engine(),
  port: f
    .port()
    .optional()
    .describe('Port that targets are registered with. Default: the port that the RDS API reports'),
  securityGroupIds: securityGroupIds(
    'Its security groups, for when the RDS API does not report them: without the API a cluster is followed only by an address that carries one. Default: endpointService.databaseSecurityGroupId',
  ),
  publiclyAccessible: f
    .flag()
    .optional()
    .describe(
      'Outside the VPC such a database resolves to its public address, so true places the functions in the VPC. Default: false',
    ),
};

export const database = z
  .discriminatedUnion(
    'kind',
    [
      f.object(
        {
          kind: z.literal('instance'),
          id: f.rdsId().describe('DB instance identifier'),
          member: f
            .flag()
            .optional()
            .describe(
              "Whether this instance is meant though it is a cluster's member, and may be a reader after a failover. Default: false, and a member is not registered",
            ),
          ...followed,
        },
        'an instance',
      ),
      f.object(
        {
          kind: z.literal('cluster'),
          id: f.rdsId().describe('DB cluster identifier, of Aurora or a Multi-AZ DB cluster'),
          ...followed,
        },
        'a cluster',
      ),
      f.object(
        {
          kind: z.literal('hostname'),
          hostname: f.hostName().describe('Every address of this name is a target: an RDS Proxy, Redshift, anything'),
          port: f.port().describe('Port that targets are registered with'),
          engine: engine(),
          proxyName: f
            .rdsId()
            .optional()
            .describe('RDS Proxy behind the name; its events wake the functions. Default: not a proxy'),
          identifier: f
            .rdsId()
            .optional()
            .describe(
              'DB instance or cluster behind the name; its events wake the functions. Default: only the schedule does',
            ),
          securityGroupIds: securityGroupIds(
            'Security groups of what stands behind the name, in this account and Region: an address enters the group only if its network interface carries one. Default: addresses are not verified',
          ),
        },
        'a host name',
      ),
    ],
    {
      error: ({ input }) =>
        typeof input === 'object' && input !== null && !Array.isArray(input)
          ? `"kind" as one of "instance", "cluster" and "hostname", with its own keys${kindMeant((input as { kind?: unknown }).kind)}`
          : 'an object like {"kind": "cluster", "id": "orders", "port": 5432}',
    },
  )
  .describe('The database to follow');

const subnet = f.object(
  {
    id: f.ec2Id('subnet').describe('Subnet identifier'),
    zone: f.zone().describe('Availability Zone of the subnet'),
  },
  'a subnet',
);

export const vpc = f
  .object(
    {
      id: f.ec2Id('vpc').describe('Identifier of the VPC'),
      cidr: f
        .ipv4Cidr()
        .optional()
        .describe(
          'IPv4 range of the VPC: what may be registered unless reconcile.allowedCidrs says otherwise. Needed for existing endpoints without endpointSecurityGroupId',
        ),
      subnets: f
        .list(subnet, 'subnets {id, zone}')
        .describe('Isolated or private subnets, one per Availability Zone, two zones at least'),
    },
    'a VPC',
  )
  .describe('The VPC by plain identifiers: synth looks nothing up');

export const placement = f
  .object(
    {
      endpoints: f
        .oneOf('create', 'existing', 'shared')
        .describe(
          'Whether the interface endpoints for the APIs that are called are created for this database, are in the VPC already, or are created ' +
            'once for all databases of the file in this VPC; calls of every client in the VPC then go through them, and those of this account pass',
        ),
      otherCallers: f
        .list(
          f.text(/^([0-9]{12}|o-[a-z0-9]{10,32})$/, 'an account (12 digits) or an organisation (o-…)'),
          'accounts and organisations',
        )
        .optional()
        .describe(
          'With "shared": other accounts and organisations whose calls pass too, for workloads in the VPC with roles of theirs. Default: none',
        ),
      clientCidrs: f
        .list(f.ipv4Cidr(), 'IPv4 ranges')
        .optional()
        .describe(
          'With "shared": further ranges of the VPC, whose clients the endpoints admit. Default: only vpc.cidr',
        ),
      securityGroupId: f
        .ec2Id('sg')
        .optional()
        .describe('Security group of the functions. Default: a new one, HTTPS to the endpoints only'),
      endpointSecurityGroupId: f
        .ec2Id('sg')
        .optional()
        .describe(
          'Security group of the interface endpoints; a rule that admits the functions is added. Default: none, or a new one',
        ),
      subnetOwnerAccount: f
        .account()
        .optional()
        .describe('Account that owns the subnets, where AWS RAM shares them with this one. Default: this account'),
    },
    'a placement',
  )
  .describe('Runs the functions in the subnets of "vpc", without NAT. Default: outside any VPC');
