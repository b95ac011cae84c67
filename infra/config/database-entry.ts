import * as z from 'zod';
import { access, endpointService, resourceGateway } from './access-schema.ts';
import { probe, warmStandby } from './faster-schema.ts';
import * as f from './fields.ts';
import { editorSchema } from './fields.ts';
import { database, placement, vpc } from './followed-schema.ts';
import { type LoadBalancerEntry, loadBalancers, stackFields } from './load-balancer-entry.ts';
import { alarms, notifyFailovers, reconcile, roles } from './reconcile-schema.ts';
import { described, setting } from './settings-schema.ts';
import { textAt } from './values.ts';

/* The schema of databases.json. A key that is left out takes the default of its construct; the descriptions name it. */

/** What a database may be called. */
export const entryName = f.name();

const entry = f
  .object(
    {
      name: described('DATABASE_NAME', entryName),
      ...stackFields,
      database,
      role: setting('ROLE'),
      endpointId: described('DATABASE_CUSTOM_ENDPOINT', f.rdsId().optional()),
      vpc: vpc.optional(),
      access: access.optional(),
      resourceGateway: resourceGateway.optional(),
      endpointService: endpointService.optional(),
      targetGroupArn: described(
        'TARGET_GROUP_ARN',
        f.arn('elasticloadbalancing', 'targetgroup/[A-Za-z0-9-]+/[0-9a-f]+', 'targetgroup/NAME/ID').optional(),
      ),
      loadBalancerArn: f
        .arn('elasticloadbalancing', 'loadbalancer/net/[A-Za-z0-9-]+/[0-9a-f]+', 'loadbalancer/net/NAME/ID')
        .optional()
        .describe(
          'Load balancer of the existing target group, for the alarm on healthy targets. Default: no such alarm',
        ),
      placement: placement.optional(),
      probe: probe.optional(),
      warmStandby,
      reconcile: reconcile.optional(),
      alarms: alarms.optional(),
      notifyFailovers: notifyFailovers.optional(),
      dashboard: f.flag().optional().describe('Whether there is a CloudWatch dashboard. Default: true'),
      roles: roles.optional(),
    },
    'a database',
  )
  .meta({ id: 'database' });

/** One database as the configuration file describes it; with `endpointService.shared`, and the load balancer that this names. */
export type DatabaseEntry = z.output<typeof entry> & { readonly loadBalancer?: LoadBalancerEntry };

export const listSchema = f.entries(entry, 'databases');

export const fileSchema = f.object(
  {
    $schema: z
      .string({ error: 'a path or URL' })
      .optional()
      .describe('For completion in editors: ./databases.schema.json'),
    loadBalancers: loadBalancers.optional(),
    databases: listSchema,
  },
  'a list of databases, or an object',
);

/** JSON Schema of the file. */
export const jsonSchema = () => editorSchema(z.union([listSchema, fileSchema]));

/* Names of a database's stack and functions: the stack creates them, the command looks them up. */

export const stackNameOf = ({
  stackName,
  namePrefix,
  name,
}: Pick<DatabaseEntry, 'stackName' | 'namePrefix' | 'name'>): string =>
  stackName ?? (namePrefix ? `${namePrefix}-${name}` : name);

/** The same of entries that may have mistakes: undefined without a name. */
export const stackNamesIn = (entries: readonly unknown[]): readonly (string | undefined)[] =>
  entries.map((entry) => {
    const [name, stackName, namePrefix] = ['name', 'stackName', 'namePrefix'].map((key) => textAt(entry, key));
    return name && stackNameOf({ name, ...(stackName ? { stackName } : {}), ...(namePrefix ? { namePrefix } : {}) });
  });

/** Put in front of `failover` and `drift`. */
export const functionPrefixOf = (entry: Parameters<typeof stackNameOf>[0]): string => `${stackNameOf(entry)}-`;

/** The entry whose stack has the endpoint service: behind a shared load balancer, that of the load balancer. */
export const serviceEntryOf = (entry: DatabaseEntry): DatabaseEntry | LoadBalancerEntry => entry.loadBalancer ?? entry;

/** The port that consumers connect to. */
export const consumerPortOf = (entry?: DatabaseEntry): number | undefined =>
  entry?.endpointService?.listenerPort ?? entry?.database.port;

/* Which addresses may enter the group; the stack and `--local` read it alike. */

/** IPv6 targets need a range of their own. */
export const allowedCidrsOf = ({
  reconcile,
  vpc,
}: Pick<DatabaseEntry, 'reconcile' | 'vpc'>): readonly string[] | undefined =>
  reconcile?.allowedCidrs ?? (vpc?.cidr ? [vpc.cidr] : undefined);

/** The group that admits the load balancer is the database's. For a host name only `securityGroupIds` counts. */
export function securityGroupIdsOf(entry: DatabaseEntry): readonly string[] | undefined {
  const { database } = entry;
  const admitting = database.kind === 'hostname' ? undefined : admittingGroupOf(entry);
  return database.securityGroupIds ?? (admitting ? [admitting] : undefined);
}

/** What the load balancer may reach: with a warm standby its marker alone. */
export const admittingGroupOf = ({ endpointService, warmStandby }: DatabaseEntry): string | undefined =>
  warmStandby?.securityGroupId ?? endpointService?.databaseSecurityGroupId;
