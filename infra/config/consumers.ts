import * as z from 'zod';
import { endpointServiceName, endpointServiceShown } from '../../lib/partitions.ts';
import { between, within } from './consumer-rules.ts';
import { didYouMeanWord } from './did-you-mean.ts';
import * as f from './fields.ts';
import { editorSchema } from './fields.ts';
import { network } from './followed-schema.ts';
import { type Kind, listsFrom, textOf } from './read.ts';

/* The schema of consumers.json: the consumer account's half of a connection. */

const dns = z
  .union(
    [
      f.oneOf('none', 'provider'),
      f.object(
        {
          hostName: f
            .zoneName()
            .describe(
              "Name in a private zone of its own. With the database's own name, certificates match. For a resource endpoint: the host name that the provider shared",
            ),
          otherHostNames: f
            .list(f.zoneName(), 'host names')
            .optional()
            .describe(
              'Names of further databases behind the same endpoint service, each in a zone of its own. Default: none',
            ),
          zonalNames: f.flag().optional().describe('Whether ZONE.HOSTNAME exists for each zone too. Default: false'),
        },
        'a host name',
      ),
    ],
    {
      error: ({ input }) =>
        `"none", "provider" or {hostName, otherHostNames, zonalNames}${
          f.zoneName().safeParse(input).success
            ? `; did you mean {"hostName": ${JSON.stringify(input)}}?`
            : didYouMeanWord(input, ['none', 'provider'])
        }`,
    },
  )
  .describe(
    "How clients find the endpoint: by its own name, by the provider's private name, or by a name of yours. Default: none",
  );

const entry = f
  .object(
    {
      name: f
        .text(/^[A-Za-z](-?[A-Za-z0-9]){0,31}$/, '1 to 32 letters, digits and single hyphens, a letter first')
        .describe('Name of the connection; the stack is called NAME-consumer'),
      account: f.account().optional().describe('Default: that of the credentials'),
      region: f.region().optional().describe('Region of the clients. Default: that of the credentials'),
      tags: f.tags().optional().describe('Tags of every resource. Default: none'),
      serviceName: f
        .text(endpointServiceName, endpointServiceShown)
        .optional()
        .describe('Endpoint service of the provider. Give this or "resourceConfigurationArn"'),
      resourceConfigurationArn: f
        .arn('vpc-lattice', 'resourceconfiguration/rcfg-[0-9a-z]{17}', 'resourceconfiguration/rcfg-…')
        .optional()
        .describe(
          'Resource configuration that the provider shared; accept the share first. Give this or "serviceName"',
        ),
      port: f.port().describe("Port that the provider's side listens on"),
      otherPorts: f
        .list(f.port(), 'ports')
        .optional()
        .describe(
          'Ports of further databases behind the same endpoint service, which the clients may use too. Default: none',
        ),
      vpc: network.describe('The VPC of the clients, by plain identifiers'),
      clientSecurityGroupIds: f
        .list(f.ec2Id('sg'), 'security groups')
        .optional()
        .describe('Security groups of the clients. Give this or "clientCidrs"'),
      clientCidrs: f.list(f.clientCidr(), 'private ranges').optional().describe('Ranges of the clients'),
      dns: dns.optional(),
      addressType: f
        .oneOf('ipv4', 'dual-stack')
        .optional()
        .describe('Addresses of the interfaces; dual-stack needs a provider that offers it. Default: ipv4'),
    },
    'a consumer',
  )
  .meta({ id: 'consumer' });

/** One consumer as the configuration file describes it. */
export type ConsumerEntry = z.output<typeof entry>;

const listSchema = f.entries(entry, 'consumers');

const consumersSchema = f.object(
  {
    $schema: z.string({ error: 'a path or URL' }).optional().describe('For editors: ./consumers.schema.json'),
    consumers: listSchema,
  },
  'a list of consumers, or an object',
);

/** JSON Schema of the file. */
export const consumersJsonSchema = () => editorSchema(z.union([listSchema, consumersSchema]));

const kind: Kind<ConsumerEntry> = {
  list: 'consumers',
  listSchema,
  fileSchema: consumersSchema,
  keys: ['name', 'serviceName', 'resourceConfigurationArn', 'port', 'vpc'],
  rules: { within, between },
};

/**
 * Reads the consumers' configuration file.
 * @throws ConfigurationError with everything that is wrong with it
 */
export const readConsumers = (file: string): readonly ConsumerEntry[] => consumersFrom(textOf(file), file);

/**
 * The consumers that the text of a configuration file lists: a list, or `{"consumers": [...]}`.
 * @throws ConfigurationError with everything that is wrong with it: path, value, what is allowed, and where it stands
 */
export const consumersFrom = (text: string, file: string): readonly ConsumerEntry[] =>
  listsFrom(text, file, kind).entries;
