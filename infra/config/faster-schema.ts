import * as f from './fields.ts';
import { described, setting } from './settings-schema.ts';

/* The parts of databases.json that shorten a failover: the probe, and the warm standby. */

/** What `rds-db:connect` may be narrowed to. */
export const probedResource = {
  pattern: /^(db|cluster)-[A-Z0-9]{1,64}$/,
  allowed: "RDS's resource id of the database: db-… or cluster-… and capitals",
};

export const probe = f
  .object(
    {
      login: described('PROBE', f.oneOf('iam', 'secret', 'connect')),
      user: setting('PROBE_USER'),
      database: setting('PROBE_DATABASE'),
      secretArn: setting('PROBE_SECRET_ARN'),
      secretKeyArn: f
        .arn('kms', 'key/[A-Za-z0-9-]+', 'key/ID')
        .optional()
        .describe('KMS key of the secret, where it is one of yours. Default: aws/secretsmanager, which needs no grant'),
      databaseSecurityGroupId: f
        .ec2Id('sg')
        .optional()
        .describe(
          'Security group of the database; a rule that admits the functions to its port is added. Default: endpointService.databaseSecurityGroupId, or that of warmStandby',
        ),
      resourceId: f
        .text(probedResource.pattern, probedResource.allowed)
        .optional()
        .describe(
          'Narrows rds-db:connect to this resource; a blue/green switchover changes it, and the probe then fails until the next deployment. Default: the user, on any database of the account and Region',
        ),
      rootsFile: f
        .text(/^\S.*\.pem$/, 'the path of a PEM file')
        .optional()
        .describe(
          "Root certificates of RDS, for a Region whose roots this version does not bring; https://truststore.pki.rds.amazonaws.com has them. Default: the Region's own",
        ),
    },
    'a probe',
  )
  .describe('Asks the members of the database which is the writer (docs/probe.md). Default: the functions never do');

export const warmStandby = described(
  'WARM_STANDBY',
  f.object({ securityGroupId: described('WARM_SECURITY_GROUP', f.ec2Id('sg')) }, 'a warm standby').optional(),
);
