import * as z from 'zod';
import { sharedEndpointService } from './access-schema.ts';
import * as f from './fields.ts';
import { network } from './followed-schema.ts';
import { alarms, roles } from './reconcile-schema.ts';

/* The part of databases.json about load balancers that several databases share. */

/** What every entry says of its stack. */
export const stackFields = {
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
};

const { enabled, topicArn, runbookUrl } = alarms.shape;

const entry = f
  .object(
    {
      name: f.name().describe('Name of the load balancer, by which databases name it in endpointService.shared'),
      ...stackFields,
      stackName: stackFields.stackName.describe('Name of the stack. Default: PREFIX-NAME'),
      vpc: network.describe('The VPC of the databases, and the subnets of the load balancer'),
      endpointService: sharedEndpointService,
      alarms: f
        .object({ enabled, topicArn, runbookUrl }, 'alarms')
        .optional()
        .describe('The alarm of acceptAutomatically. Default: there is one, without a topic'),
      roles: roles.optional(),
    },
    'a load balancer',
  )
  .meta({ id: 'loadBalancer' });

/** A load balancer and an endpoint service that several databases share, as the configuration file describes them. */
export type LoadBalancerEntry = z.output<typeof entry>;

export const loadBalancers = z
  .array(entry, {
    error: ({ input }) => `a list of load balancers${f.singleIf(input)}`,
  })
  .min(1, { error: 'at least one load balancer, or leave the key out' })
  .describe('Load balancers and endpoint services that several databases share, a stack each');
