import { protocolOf } from '../../lib/protocols.ts';

/* What an engine rules out. Where it is not given, the port tells the engines that have one of their own. */

const loggedInTo = /^(aurora-)?(postgres|mysql|mariadb)/;

/** `db2` speaks a protocol that the functions do not know, at this port. */
const guesses = { sqlserver: 'SQL Server', oracle: 'Oracle' } as const;
const db2Port = 50_000;

/** The engine for people, where it is one of the others; undefined for PostgreSQL, MySQL, MariaDB, and for what is not known. */
export function foreignEngine(engine: string | undefined, port: number | undefined): string | undefined {
  if (engine !== undefined) return loggedInTo.test(engine) ? undefined : engine;
  const guess = port === db2Port ? 'Db2' : guesses[protocolOf(undefined, port ?? 0) as keyof typeof guesses];
  return guess && `${guess} (guessed from port ${port}; set "engine" if it is another)`;
}

/** What another login than this one would have to be, for people; undefined where it may be. `foreign`: of `foreignEngine`. */
export function loginRefusal(login: string | undefined, kind: string | undefined, foreign: string | undefined) {
  if (foreign && login !== 'connect')
    return `"connect" for ${foreign}: the functions log in to PostgreSQL, MySQL and MariaDB`;
  return kind === 'cluster' && login === 'connect'
    ? '"iam" or "secret" for a cluster: only a login tells which member is the writer'
    : undefined;
}

/** Why no standby of this engine is kept warm; undefined where it may be. */
export function standbyRefusal(engine: string | undefined, port: number | undefined): string | undefined {
  if (engine?.startsWith('aurora')) return 'Aurora has readers and no standby; the cluster is followed by its kind';
  const foreign = foreignEngine(engine, port);
  if (foreign === undefined) return undefined;
  return /sqlserver|SQL Server/.test(foreign)
    ? `${foreign} mirrors to a standby that runs, so a closed port does not tell it from the writer`
    : `that the port of a standby of ${foreign} stays closed is not known; it is for MySQL, MariaDB and PostgreSQL`;
}
