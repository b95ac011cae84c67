import {
  type DBInstance,
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  DescribeDBParametersCommand,
  type Parameter,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { andThen, both, known, type Reading, read } from '../doctor/reading.ts';
import type { Instruments, LoginLimits } from '../doctor/surroundings.ts';
import type { Database } from '../domain.ts';
import { noAnswer } from '../errors.ts';
import { protocolOf } from '../protocols.ts';
import { asked, listOf } from './asked.ts';
import { instancesOf } from './rds-instances.ts';

type Values = ReadonlyMap<string, string>;
type Group = { readonly name: string; readonly isPending: boolean };

/** Both spellings: RDS lists some options of the server with hyphens. */
const names = ['max_connect_errors', 'skip_name_resolve', 'skip-name-resolve'];
const filter = { Filters: [{ Name: 'parameter-name', Values: names }] };

/** What a database that speaks MySQL's protocol counts failed connections by; nothing for other engines. */
export function createRdsParameters(
  client: RDSClient,
  database: Database,
  abortSignal?: AbortSignal,
): Required<Pick<Instruments, 'loginLimits'>> {
  const options = { abortSignal };
  const instances = () => read('rds:DescribeDBInstances', () => instancesOf(client, database, abortSignal));
  const ofCluster = async (DBClusterIdentifier: string | undefined): Promise<Reading<Values>> => {
    if (!DBClusterIdentifier) return known(new Map());
    const group = await read('rds:DescribeDBClusters', async () => {
      const reply = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier }), options);
      const { DBClusters = [] } = reply;
      const one = asked(
        'DescribeDBClusters',
        DBClusters,
        DBClusterIdentifier,
        (cluster) => cluster.DBClusterIdentifier,
      );
      if (!one?.DBClusterParameterGroup)
        throw noAnswer(`DescribeDBClusters named no parameter group of ${DBClusterIdentifier}`);
      return one.DBClusterParameterGroup;
    });
    return andThen(group, (DBClusterParameterGroupName) =>
      read('rds:DescribeDBClusterParameters', async () => {
        const command = new DescribeDBClusterParametersCommand({ DBClusterParameterGroupName, ...filter });
        return valuesOf(listOf('DescribeDBClusterParameters', (await client.send(command, options)).Parameters));
      }),
    );
  };
  const ofGroup = ({ name, isPending }: Group, cluster: Values) =>
    read('rds:DescribeDBParameters', async (): Promise<LoginLimits> => {
      const command = new DescribeDBParametersCommand({ DBParameterGroupName: name, ...filter });
      // An instance's own value goes before that of its cluster.
      const { Parameters } = await client.send(command, options);
      const values = new Map([...cluster, ...valuesOf(listOf('DescribeDBParameters', Parameters))]);
      const [errors, skips] = [values.get('max_connect_errors'), values.get('skip_name_resolve')];
      return {
        group: name,
        isPending,
        ...(errors === undefined ? {} : { maxConnectErrors: Number(errors) }),
        ...(skips === undefined ? {} : { skipsNameResolve: /^(1|on|true)$/i.test(skips) }),
      };
    });
  return {
    loginLimits: async () =>
      andThen(await instances(), async (found) => {
        const [first] = found;
        if (!first || protocolOf(first.Engine, 0) !== 'mysql') return known([]);
        const cluster = await ofCluster(database.kind === 'cluster' ? database.id : first.DBClusterIdentifier);
        return andThen(cluster, async (values) => {
          const limits = await Promise.all(groupsOf(found).map((group) => ofGroup(group, values)));
          return limits.reduce<Reading<readonly LoginLimits[]>>(collected, known([]));
        });
      }),
  };
}

function collected(all: Reading<readonly LoginLimits[]>, one: Reading<LoginLimits>): Reading<readonly LoginLimits[]> {
  const pair = both(all, one);
  return pair.kind === 'read' ? known([...pair.value[0], pair.value[1]]) : pair;
}

/** What is set; without a value the engine's own default holds. */
const valuesOf = (parameters: readonly Parameter[]): Values =>
  new Map(
    parameters.flatMap(({ ParameterName: name, ParameterValue: value }) =>
      name && value ? [[name.replaceAll('-', '_'), value] as const] : [],
    ),
  );

/** Each group once; pending where one instance has still to be restarted for it. */
function groupsOf(instances: readonly DBInstance[]): readonly Group[] {
  const groups = new Map<string, boolean>();
  for (const { DBParameterGroups = [] } of instances)
    for (const { DBParameterGroupName: name, ParameterApplyStatus } of DBParameterGroups)
      if (name) groups.set(name, groups.get(name) === true || ParameterApplyStatus === 'pending-reboot');
  return [...groups].map(([name, isPending]) => ({ name, isPending }));
}
