import { principalPattern } from '../../../lib/partitions.ts';
import * as f from './fields.ts';

/* The parts of databases.json that share a database through VPC Lattice. */

export const access = f
  .oneOf('load-balancer', 'resource-gateway', 'both')
  .describe(
    'How consumers come in: through a load balancer whose group is kept, through a resource gateway of VPC Lattice without any function, or ' +
      'both, for a move (docs/choose.md). Default: load-balancer',
  );

const principal = () =>
  f.text(
    principalPattern('organizations', '(organization|ou)/o-[a-z0-9]{10,32}(/ou-[a-z0-9-]+)?'),
    'an account (12 digits), or the ARN of an organisation or an organisational unit',
  );

export const resourceGateway = f
  .object(
    {
      allowedPrincipals: f
        .list(principal(), 'principals')
        .optional()
        .describe('Whom AWS RAM shares the database with. Default: nobody, only endpoints of the own account'),
      databaseSecurityGroupId: f
        .ec2Id('sg')
        .optional()
        .describe('Security group of the database; a rule that admits the gateway is added. Default: no rule is added'),
      databaseCidrs: f
        .list(f.ipv4Cidr(), 'IPv4 ranges')
        .optional()
        .describe('What the gateway may reach where databaseSecurityGroupId is left out. Default: the private ranges'),
      addressesPerInterface: f
        .whole(1, 62)
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
        .whole(1, 1440)
        .optional()
        .describe('Minutes without any new connection before an alarm rings. Default: no such alarm'),
    },
    'a resource gateway',
  )
  .describe('A resource gateway, with a share and access logs. Only with "access": "resource-gateway" or "both"');
