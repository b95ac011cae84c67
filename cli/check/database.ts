import type { DatabaseEntry } from '../../infra/config/databases.ts';
import { contradictionOf, type Namesake, notFoundMessage, prefixFault } from '../../lib/contradictions.ts';
import { checksOf } from '../../lib/doctor/checks.ts';
import { nearest } from '../../lib/nearest.ts';
import { newState, type RunState } from '../../lib/observations/run-state.ts';
import type { Config } from '../../lib/settings/config.ts';
import { databaseIn, type Found } from '../init/account.ts';
import { engineOf } from '../init/proposal.ts';
import { type Finding, findingsOf } from './findings.ts';
import type { Ground } from './ground.ts';

/* The database of an entry beside what the RDS API says. */

type Followed = Extract<DatabaseEntry['database'], { readonly kind: 'instance' | 'cluster' }>;

/** As a run would see it. */
export function stateOf({ inventory }: Ground, { kind, id }: Followed): RunState {
  const found = databaseIn(inventory, kind, id);
  if (found) return newState(0, { kind: 'seen', topology: found.topology });
  const known = inventory[kind === 'cluster' ? 'clusters' : 'instances'].flatMap(
    (one) =>
      ('DBClusterMembers' in one
        ? one.DBClusterIdentifier
        : (one as { DBInstanceIdentifier?: string }).DBInstanceIdentifier) ?? [],
  );
  const meant = nearest(id, known);
  const message = notFoundMessage({ kind, id }, namesakeOf(inventory, kind, id));
  return newState(0, { kind: 'not-found', message: meant ? `${message}; did you mean ${meant}?` : message });
}

function namesakeOf(inventory: Ground['inventory'], kind: Followed['kind'], id: string): Namesake {
  if (kind === 'instance') return databaseIn(inventory, 'cluster', id) ? { kind: 'cluster' } : { kind: 'none' };
  const instance = databaseIn(inventory, 'instance', id);
  if (!instance) return { kind: 'none' };
  const { memberOf } = instance.topology.nature ?? {};
  return { kind: 'instance', ...(memberOf ? { memberOf } : {}) };
}

/** The two checks of the doctor that need nothing but RDS, and each value of the entry that RDS knows, too. */
export function databaseFindings(
  entry: DatabaseEntry,
  config: Config,
  state: RunState,
  ground: Ground,
): readonly Finding[] {
  const { database } = entry;
  if (database.kind === 'hostname') return [];
  const request = {
    ...config,
    trigger: { kind: 'manual' as const, at: 0, action: 'doctor' as const },
    mode: 'dry-run' as const,
  };
  const found = databaseIn(ground.inventory, database.kind, database.id);
  const isPrefix =
    found && !contradictionOf(config.database, found.topology) && prefixFault(config.database, found.topology);
  const told = checksOf(request, state)
    .filter(({ check }) => check === 'rds-api-answers' || check === 'configuration-matches')
    .map(
      ({ check, result, detail }): Finding => ({
        check,
        result,
        path: ['database', isPrefix && check === 'configuration-matches' ? 'memberPrefix' : 'id'],
        detail,
      }),
    );
  return [...told, ...(found ? valueFindings(entry, database, found) : [])];
}

function valueFindings({ account, region }: DatabaseEntry, database: Followed, found: Found): readonly Finding[] {
  const { topology, isPublic, arn } = found;
  const [, , , itsRegion = '', itsAccount = ''] = arn.split(':');
  const { endpoint, securityGroups = [] } = topology;
  const engine = engineOf(topology.nature?.engine);
  const same = (check: string, path: readonly string[], written: unknown, actual: unknown, why: string) =>
    written === undefined || actual === undefined
      ? []
      : findingsOf(
          check,
          path,
          written === actual ? [] : [{ path, allowed: `${JSON.stringify(actual)}, ${why}` }],
          String(written),
        );
  const foreign = (database.securityGroupIds ?? []).flatMap((id, index) =>
    securityGroups.includes(id)
      ? []
      : [
          {
            path: ['database', 'securityGroupIds', index],
            allowed: `one that ${database.id} has: ${securityGroups.join(', ')}`,
          },
        ],
  );
  return [
    ...same('account-matches', ['account'], account, itsAccount, 'the account of your credentials and of the database'),
    ...same('region-matches', ['region'], region, itsRegion, 'the Region of the database'),
    ...same('port-matches', ['database', 'port'], database.port, endpoint?.port, 'the port that the RDS API reports'),
    ...same(
      'endpoint-matches',
      ['database', 'endpoint'],
      database.endpoint,
      endpoint?.host,
      'the endpoint that the RDS API reports',
    ),
    ...same('engine-matches', ['database', 'engine'], database.engine, engine, 'the engine that the RDS API reports'),
    ...findingsOf(
      'public-access-matches',
      ['database', 'publiclyAccessible'],
      isPublic === (database.publiclyAccessible ?? false)
        ? []
        : [{ path: ['database', 'publiclyAccessible'], allowed: `${isPublic}, as the RDS API reports` }],
      String(isPublic),
    ),
    ...findingsOf('groups-of-database', ['database', 'securityGroupIds'], foreign, securityGroups.join(', ')),
  ];
}
