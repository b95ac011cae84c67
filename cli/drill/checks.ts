import { isIP } from 'node:net';
import { CliError, UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import { quoted } from '../terminal/text.ts';
import type { Address } from './ports.ts';
import { type DrillRecord, ofKind, type Sample } from './record.ts';
import { type Held, isInSync, keyOf } from './sample.ts';

/** A drill that would only do harm. It has changed nothing. */
export class DrillRefused extends Error {
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(reasons.join('\n'));
    this.name = 'DrillRefused';
    this.reasons = reasons;
  }
}

/** Why this database must not be failed over now, each with a remedy. Empty: the drill may begin. */
export function refusals(
  { kind, id, warmStandby }: DrillRecord['database'],
  sample: Sample & { readonly place?: Address },
  probe: DrillRecord['probe'],
): readonly string[] {
  return [
    ...standbyRefusals(kind, id, sample),
    ...clientRefusals(sample, probe),
    ...groupRefusals({ ...sample, warmStandby }),
  ];
}

/** MySQL locks an address out after `max_connect_errors` connections without a login, and behind a load balancer all consumers share a few. */
const clientRefusals = ({ engine = '' }: Sample, probe: DrillRecord['probe']): string[] =>
  probe === 'tcp' && /mysql|mariadb/.test(engine)
    ? [
        `The database is ${engine}, which locks out an address that often connects without a login (max_connect_errors), and all consumers share ` +
          "the load balancer's addresses. Give the drill a login: a connection string, mysql://…, in DRILL_DATABASE_URL.",
      ]
    : [];

function standbyRefusals(kind: 'instance' | 'cluster', id: string, { status, isMultiAz, readers }: Sample): string[] {
  const hasStandby = kind === 'instance' ? isMultiAz : readers.length > 0;
  const missing =
    kind === 'instance'
      ? `DB instance ${id} has no standby (Multi-AZ is off): a reboot would be an outage without a failover. Turn Multi-AZ on first.`
      : `DB cluster ${id} has no available reader to promote. Add a reader, or wait until it is available.`;
  return [
    ...(hasStandby ? [] : [missing]),
    ...(status === 'available'
      ? []
      : [`DB ${kind} ${id} is ${status}, not available. Wait until it is available, then try again.`]),
  ];
}

function groupRefusals(sample: Held & { readonly place?: Address }): string[] {
  const { place, dns, targets } = sample;
  if (!place) return ['The RDS API gives no endpoint: the database is still being created, or was deleted.'];
  if (!isIP(dns))
    return [
      `${place.host} does not resolve to one address here (${dns}). Run the drill in the database's VPC, or check DNS.`,
    ];
  if (isInSync(sample, place.port)) return [];
  const held = targets.join(', ') || 'no target';
  if (targets.length === 1 && held.startsWith(`${keyOf(dns, place.port)} `))
    return [
      `The target group holds the writer, but it is not healthy (${held}): no client would be served. Run \`rds-target doctor\`, and try again ` +
        'once `rds-target status` shows it healthy.',
    ];
  return [
    `The target group is not in sync: it holds ${held}; ${place.host} resolves to ${keyOf(dns, place.port)}. ` +
      'Run `rds-target resync`, and try again once `rds-target status` says in sync.',
  ];
}

/** Removes Node's advice about system authorities, which are not used here, and the source lines of OpenSSL. */
const withoutNoise = (message: string): string =>
  message
    .replace(/; if the root CA is installed locally, .*/, '')
    .replace(/^.*:SSL routines:[^:]*:([^:]+):.*$/s, 'its TLS fails with "$1"');

/** The errors of Node, pg and mysql2 for a server with a wrong certificate, without TLS, or with TLS that fails. */
const isUnproven = (code: string, message: string): boolean =>
  /^(EPROTO$|ERR_SSL_|ERR_TLS_|CERT_|INVALID_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HANDSHAKE_(NO_)?SSL_)/.test(code) ||
  /SSL connection/.test(message);

/** Why the client could not begin: no connection to the endpoint, no proof of its identity, or no login. */
export function endpointRefusal(error: unknown, probe: DrillRecord['probe']): string {
  const { message = String(error), code = '' } = (error ?? {}) as { message?: string; code?: string };
  if (isUnproven(code, message))
    return (
      `The endpoint does not prove that it is the database, so the login was not sent: ${withoutNoise(message)}. Check where the endpoint leads; if the ` +
      "database's CA is missing here, name RDS's bundle for your Region with --ca FILE (docs/drill.md). With --unverified-server the connection string alone decides."
    );
  const isAboutTheNetwork =
    probe === 'tcp' || /^(E(?!R_)[A-Z]+|closed at once)$/.test(code) || message === 'timeout expired';
  return isAboutTheNetwork
    ? `The endpoint does not serve: ${message}. Run the drill in the consumers' network, or name their endpoint with --endpoint HOST:PORT; ` +
        '`rds-target connect-check` tests the connection.'
    : `The database does not serve the drill: ${message}. Check user, password and database (with --unverified-server, TLS too) in DRILL_DATABASE_URL ` +
        '(docs/drill.md); the user must be able to create a table.';
}

/**
 * A failover interrupts every client, so the operator types the name instead of just confirming.
 * @throws UsageError when the typed name differs
 */
export async function confirmName(
  { ask }: Pick<Io, 'ask'>,
  name: string,
  what: string,
  given: string | undefined,
): Promise<void> {
  const question = [
    `This fails over ${what}: every client is cut off for a few minutes.`,
    `Type ${name} to continue: `,
  ];
  const typed =
    given ??
    (await ask(question).catch((error: unknown) => {
      throw new CliError('interrupted at the question: nothing was failed over', undefined, { cause: error });
    }));
  if (typed === undefined)
    throw new UsageError(
      'the name cannot be typed: standard input is no terminal',
      `in a script, pass --yes ${quoted(name)}`,
    );
  if (typed.trim() !== name)
    throw new UsageError(
      `"${typed.trim()}" is not "${name}": nothing was failed over`,
      `type the database's name exactly as shown, ${name}`,
    );
}

type Finished = Omit<DrillRecord, 'problems'>;

/** The problems at the end; empty when the drill has passed. */
export function problemsOf(record: Finished): readonly string[] {
  const { outcome, requestedAt } = record;
  if (outcome === 'interrupted' && requestedAt === undefined)
    return ['interrupted before the failover: nothing was failed over'];
  return [
    outcome === 'interrupted'
      ? 'interrupted: a requested failover continues; the following is the state at the end'
      : '',
    ...stateProblems(record),
    ...writeProblems(record),
    ...invocationProblems(record),
  ].filter(Boolean);
}

function stateProblems({ database, before, after, targets, writer, client, outcome }: Finished): string[] {
  const port = Number(writer.slice(writer.lastIndexOf(':') + 1));
  const isOpen = client.outages.some(({ firstWriteAt }) => firstWriteAt === undefined);
  return [
    after.dns === before.dns && outcome !== 'interrupted'
      ? `the writer is still at ${writer}: there was no failover`
      : '',
    isInSync({ ...after, warmStandby: database.warmStandby }, port)
      ? ''
      : `the group holds ${targets.join(', ') || 'nothing'}; the writer is at ${writer}`,
    isOpen ? 'the client was not served again' : '',
    outcome === 'not-recovered' ? 'the deadline came before everything had been right for long enough' : '',
  ];
}

const writeProblems = ({ writes, probe }: Finished): string[] => {
  if (!writes) return probe === 'tcp' ? [] : ['the rows could not be counted, so lost writes are unknown'];
  const lost = writes.lost.slice(0, 10).join(', ');
  return [writes.lost.length > 0 ? `${writes.lost.length} acknowledged writes are lost: ${lost}` : ''];
};

function invocationProblems({ observations }: Finished): string[] {
  const failed = ofKind(observations, 'invocation').filter(({ outcome }) => outcome === 'failed');
  return [failed.length > 0 ? `${failed.length} invocations failed: ${failed[0]?.summary}` : ''];
}
