import * as z from 'zod';
import { database, placement, vpc } from './database.ts';
import { endpointService } from './endpoint-service.ts';
import * as f from './fields.ts';
import { editorSchema } from './json-schema.ts';
import { alarms, reconcile, roles } from './reconcile.ts';
import { access, resourceGateway } from './resource-gateway.ts';

/* What databases.json may say. What is left out takes the default of the construct that it goes to; the descriptions name it. */

const entry = f
  .object(
    {
      name: f
        .text(/^[A-Za-z](-?[A-Za-z0-9]){0,31}$/, '1 to 32 letters, digits and single hyphens, a letter first')
        .describe('Name of the database in stack, metrics, logs and reports'),
      namePrefix: f
        .text(/^[A-Za-z](-?[A-Za-z0-9]){0,15}$/, '1 to 16 letters, digits and single hyphens, a letter first')
        .optional()
        .describe('Put in front of the stack name: PREFIX-NAME. Default: none'),
      stackName: f
        .text(/^[A-Za-z](-?[A-Za-z0-9]){0,50}$/, '1 to 51 letters, digits and single hyphens, a letter first')
        .optional()
        .describe('Keeps the stack when the database gets another name. Default: PREFIX-NAME'),
      account: f.account().optional().describe('Account. Default: that of the credentials'),
      region: f
        .region()
        .optional()
        .describe('Region. Default: that of the credentials; to be named in other partitions than aws and aws-us-gov'),
      tags: f.tags().optional().describe('Tags of every resource. Default: none'),
      database,
      role: f
        .oneOf('writer', 'reader', 'custom')
        .optional()
        .describe(
          'What the group holds: the writer, every available reader and never the writer, or the available members of a custom endpoint. Default: writer',
        ),
      endpointId: f
        .rdsId()
        .optional()
        .describe('Identifier of an Aurora custom endpoint of the cluster, for the role "custom". Default: none'),
      vpc: vpc.optional(),
      access: access.optional(),
      resourceGateway: resourceGateway.optional(),
      endpointService: endpointService.optional(),
      targetGroupArn: f
        .arn('elasticloadbalancing', 'targetgroup/[A-Za-z0-9-]+/[0-9a-f]+', 'targetgroup/NAME/ID')
        .optional()
        .describe('An existing target group of type ip. Give this or "endpointService"'),
      loadBalancerArn: f
        .arn('elasticloadbalancing', 'loadbalancer/net/[A-Za-z0-9-]+/[0-9a-f]+', 'loadbalancer/net/NAME/ID')
        .optional()
        .describe(
          'Load balancer of the existing target group, for the alarm on healthy targets. Default: no such alarm',
        ),
      placement: placement.optional(),
      reconcile: reconcile.optional(),
      alarms: alarms.optional(),
      dashboard: f.flag().optional().describe('Whether there is a CloudWatch dashboard. Default: true'),
      roles: roles.optional(),
    },
    'a database',
  )
  .meta({ id: 'database' });

/** One database as the configuration file describes it. */
export type DatabaseEntry = z.output<typeof entry>;

export const listSchema = f.entries(entry, 'databases');

export const fileSchema = f.object(
  {
    $schema: z
      .string({ error: 'a path or URL' })
      .optional()
      .describe('For completion in editors: ./databases.schema.json'),
    databases: listSchema,
  },
  'a list of databases, or an object',
);

/** JSON Schema of the file. */
export const jsonSchema = () => editorSchema(z.union([listSchema, fileSchema]));
