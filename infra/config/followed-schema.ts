import * as z from 'zod';
import { meaningOf } from '../../lib/settings/rows.ts';
import { didYouMeanWord } from './did-you-mean.ts';
import * as f from './fields.ts';
import { described, setting } from './settings-schema.ts';

/* The parts of databases.json about the database and its network. */

const engine = () =>
  f
    .oneOf('postgres', 'aurora-postgresql', 'mysql', 'aurora-mysql', 'mariadb', 'sqlserver', 'oracle', 'db2')
    .optional()
    .describe(
      'Engine: what it cannot do (probe, warmStandby) is refused, and MySQL and MariaDB get the warning that health checks make them refuse clients (error 1129). Default: guessed from the port',
    );

/** Users often write a product's name as the kind. */
function kindMeant(kind: unknown): string {
  const product = { aurora: 'cluster', rds: 'instance', proxy: 'hostname', redshift: 'hostname' };
  const known = Object.entries(product).find(([name]) => typeof kind === 'string' && kind.toLowerCase().includes(name));
  const kinds = ['instance', 'cluster', 'hostname'];
  const word = didYouMeanWord(kind, kinds);
  return word === '' && known ? didYouMeanWord(known[1], kinds) : word;
}

const kind = <const K extends string>(one: K) => described('DATABASE_KIND', z.literal(one));
const securityGroupIds = described('DATABASE_SECURITY_GROUPS', f.list(f.ec2Id('sg'), 'security groups').optional());

/** Beyond what the setting says. */
const port = (more: string) =>
  `${meaningOf('TARGET_PORT')}${more}; with endpointService also of the target group, of the rule that admits the load balancer and, without listenerPort, of the listener. Another one replaces the target group (docs/deploy.md#a-new-port)`;

const followed = {
  endpoint: setting('DATABASE_ENDPOINT'),
  engine: engine(),
  port: f
    .port()
    .optional()
    .describe(`${port(', unless RDS reports another')}. Default: none; a resource gateway and a probe need it, too`),
  securityGroupIds,
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
          kind: kind('instance'),
          id: described('DATABASE_ID', f.rdsId()),
          member: setting('DATABASE_MEMBER'),
          ...followed,
        },
        'an instance',
      ),
      f.object(
        {
          kind: kind('cluster'),
          id: described('DATABASE_ID', f.rdsId()),
          memberPrefix: setting('DATABASE_MEMBER_PREFIX'),
          ...followed,
        },
        'a cluster',
      ),
      f.object(
        {
          kind: kind('hostname'),
          hostname: described('DATABASE_HOSTNAME', f.hostName()),
          port: f.port().describe(port('')),
          engine: engine(),
          proxyName: described('DATABASE_PROXY_NAME', f.rdsId().optional()),
          identifier: f
            .rdsId()
            .optional()
            .describe(
              'DB instance or cluster behind the name; its events wake the functions. Default: only the schedule does',
            ),
          securityGroupIds,
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

const vpcOf = (cidr: string) =>
  f.object(
    {
      id: f.ec2Id('vpc').describe('Identifier of the VPC'),
      cidr: f.vpcCidr().optional().describe(cidr),
      subnets: f
        .list(subnet, 'subnets {id, zone}')
        .describe('Isolated or private subnets, one per Availability Zone, two zones at least'),
    },
    'a VPC',
  );

export const vpc = vpcOf(
  'IPv4 range of the VPC: what may be registered unless reconcile.allowedCidrs is given. Needed for existing endpoints without endpointSecurityGroupId',
).describe('The VPC by plain identifiers: synth looks nothing up');

/** Where no function registers anything. */
export const network = vpcOf('IPv4 range of the VPC; nothing here depends on it');

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
          'With "shared": other accounts and organisations whose calls pass too, for workloads in the VPC that use their roles. Default: none',
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
