import { foreignEngine, loginRefusal, standbyRefusal } from './engines.ts';
import type { Path, Problem } from './problems.ts';
import { at, has, hasFunctions, listAt, refused, required, textAt } from './values.ts';

/* Rules about the probe and the warm standby. */

const isFollowed = (entry: object, key: 'probe' | 'warmStandby') => has(entry, key) && hasFunctions(entry);

const kindOf = (entry: object) => textAt(entry, 'database', 'kind');

const engineOf = (entry: object) => {
  const port = at(entry, ['database', 'port']);
  return [textAt(entry, 'database', 'engine'), typeof port === 'number' ? port : undefined] as const;
};

/** Where the functions have to be, and what they have to reach. */
export function probePlaceProblems(entry: object): Problem[] {
  if (!isFollowed(entry, 'probe')) return [];
  if (kindOf(entry) === 'hostname')
    return refused(entry, ['probe'], 'nothing for a host name: no API lists the members behind it');
  const isInside = has(entry, 'placement') || at(entry, ['database', 'publiclyAccessible']) === true;
  return [
    ...(isInside
      ? []
      : required(
          entry,
          ['placement'],
          'where in "vpc" the functions run: from outside they cannot reach the database',
        )),
    ...(has(entry, 'endpointService')
      ? []
      : required(entry, ['database', 'port'], 'the port of the database, to which the functions are admitted')),
  ];
}

/** In an empty probe the missing login is the mistake. */
export function probeGroupProblems(entry: object): Problem[] {
  if (!isFollowed(entry, 'probe') || kindOf(entry) === 'hostname' || !has(entry, 'probe', 'login')) return [];
  return admittingGroup(entry)
    ? []
    : required(
        entry,
        ['probe', 'databaseSecurityGroupId'],
        'the security group of the database, in which a rule admits the functions',
      );
}

const admittingGroup = (entry: object): boolean =>
  has(entry, 'probe', 'databaseSecurityGroupId') ||
  has(entry, 'endpointService', 'databaseSecurityGroupId') ||
  has(entry, 'warmStandby') ||
  // The missing service, which may name it, is the mistake then.
  (!has(entry, 'endpointService') && !has(entry, 'targetGroupArn'));

/** What each login does without. */
const unused = {
  iam: { keys: ['secretArn', 'secretKeyArn'], why: 'nothing with "login": "iam", which signs a token' },
  secret: { keys: ['user', 'resourceId'], why: 'nothing with "login": "secret": the secret names the user' },
  connect: {
    keys: ['user', 'database', 'secretArn', 'secretKeyArn', 'resourceId'],
    why: 'nothing with "login": "connect", which does not log in',
  },
} as const;

export function probeLoginProblems(entry: object): Problem[] {
  if (!isFollowed(entry, 'probe')) return [];
  const login = textAt(entry, 'probe', 'login');
  if (login !== 'iam' && login !== 'secret' && login !== 'connect') return [];
  const { keys, why } = unused[login];
  return [
    ...keys.flatMap((key) => refused(entry, ['probe', key], why)),
    ...(login === 'secret'
      ? required(entry, ['probe', 'secretArn'], 'the ARN of the secret with "username" and "password"')
      : []),
  ];
}

export function probeEngineProblems(entry: object): Problem[] {
  if (!isFollowed(entry, 'probe') || kindOf(entry) === 'hostname') return [];
  const [engine, port] = engineOf(entry);
  const [login, user = ''] = [textAt(entry, 'probe', 'login'), textAt(entry, 'probe', 'user')];
  const refusal = loginRefusal(login, kindOf(entry), foreignEngine(engine, port));
  return [
    ...(refusal ? refused(entry, ['probe', 'login'], refusal) : []),
    ...(/mysql|mariadb/.test(engine ?? '') && user.length > 32
      ? refused(entry, ['probe', 'user'], 'a name of up to 32 characters, the longest of MySQL')
      : []),
  ];
}

/** Only the writer of a Multi-AZ instance has a standby that takes over its endpoint. */
export function standbyProblems(entry: object): Problem[] {
  if (!isFollowed(entry, 'warmStandby')) return [];
  const [kind, role = 'writer'] = [kindOf(entry), textAt(entry, 'role')];
  const no = (why: string) => refused(entry, ['warmStandby'], `nothing ${why}`);
  if (kind === 'cluster') return no('for a cluster: its members are readers and no standby (docs/probe.md is for it)');
  if (kind === 'hostname') return no('for a host name: whose addresses are behind it is not known');
  if (at(entry, ['database', 'member']) === true) return no("for a cluster's member, which has no standby");
  if (role !== 'writer') return no(`with "role": "${role}": the standby takes over from the writer`);
  const refusal = standbyRefusal(...engineOf(entry));
  return [
    ...(refusal ? no(`here: ${refusal}`) : []),
    ...(textAt(entry, 'reconcile', 'removeStale') === 'never'
      ? refused(
          entry,
          ['reconcile', 'removeStale'],
          '"at-once" or "when-replacement-healthy" with warmStandby: an address that is no longer the standby has to leave',
        )
      : []),
  ];
}

/** The health checks choose, and the load balancer reaches nothing but the marker group. */
export function standbyServiceProblems(entry: object): Problem[] {
  if (!isFollowed(entry, 'warmStandby') || has(entry, 'endpointService', 'shared')) return [];
  const service = (key: string): Path => ['endpointService', key];
  const marker = textAt(entry, 'warmStandby', 'securityGroupId');
  const own = textAt(entry, ...service('databaseSecurityGroupId'));
  const fixed = { healthCheckIntervalSeconds: 5, healthyThreshold: 2, unhealthyThreshold: 2 };
  const alone =
    'with warmStandby: the load balancer reaches its security group alone, so that no other address is reached';
  return [
    ...(own === marker ? [] : refused(entry, service('databaseSecurityGroupId'), `nothing ${alone}`)),
    ...refused(entry, service('databaseCidrs'), `nothing ${alone}`),
    ...Object.entries(fixed).flatMap(([key, only]) =>
      at(entry, service(key)) === only
        ? []
        : refused(entry, service(key), `${only} with warmStandby: a failover takes as long as the health checks`),
    ),
  ];
}

/** Where an entry names security groups of its database. */
const groupPaths: readonly Path[] = [
  ['warmStandby', 'securityGroupId'],
  ['endpointService', 'databaseSecurityGroupId'],
  ['resourceGateway', 'databaseSecurityGroupId'],
  ['probe', 'databaseSecurityGroupId'],
];

const groupsOf = (entry: unknown): readonly unknown[] => [
  ...groupPaths.map((path) => at(entry, path)),
  ...(listAt(entry, 'database', 'securityGroupIds') ?? []),
];

/** The marker proves the standby only where it is on no other database. Two entries may follow the same one. */
export function markerProblems(entries: readonly unknown[]): Problem[] {
  const databaseOf = (entry: unknown) =>
    [['account'], ['region'], ['database', 'kind'], ['database', 'id']]
      .map((path) => textAt(entry, ...path)?.toLowerCase())
      .join();
  return entries.flatMap((entry, index) => {
    const input = textAt(entry, 'warmStandby', 'securityGroupId');
    if (input === undefined) return [];
    const other = entries.findIndex((one) => databaseOf(one) !== databaseOf(entry) && groupsOf(one).includes(input));
    const allowed = `a security group that is on this database alone: [${other}] names it for another database`;
    return other < 0 ? [] : [{ path: [index, 'warmStandby', 'securityGroupId'], input, allowed }];
  });
}
