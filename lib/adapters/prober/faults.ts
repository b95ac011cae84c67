import type { ProbeAnswer } from '../../ports.ts';
import { visible } from '../../visible.ts';
import { refusalBy } from './refusals.ts';
import type { About, Told } from './session.ts';

/** A failure that says itself, for people, what is wrong and what to do. */
export const unable = (why: string) => Object.assign(new Error(why), { name: 'ProbeFault' });

const coded = (code: string) => Object.assign(new Error(code), { code });
export const timedOut = () => coded('ETIMEDOUT');
export const noTls = () => coded('HANDSHAKE_NO_SSL_SUPPORT');
export const oddAnswer = (answer: unknown) =>
  unable(`the answer ${`${JSON.stringify(answer)}`.slice(0, 200)} is not one that is known`);

/** The same failure without the password, should a server have repeated it. */
export function silenced(error: unknown, password: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code, errno, name } = error as Told;
  return Object.assign(new Error(error.message.replaceAll(password, '…')), { code, errno, name });
}

type Unknown = Extract<ProbeAnswer, { kind: 'unknown' }>;

/**
 * `login`: the credentials or what they open were refused; `tls`: the server did not prove to be the member. `isCut`: it accepted the
 * connection, and the login came to no end.
 */
export type Failure =
  | { readonly is?: 'login'; readonly isCut?: undefined; readonly answer: ProbeAnswer }
  | { readonly is?: undefined; readonly isCut: true; readonly answer: Unknown }
  | { readonly is: 'tls'; readonly isCut?: undefined; readonly answer: Unknown };

/** What an attempt that ended with this error says of the member. */
export function failureOf(error: unknown, about: About): Failure {
  const told = (error ?? {}) as Told;
  const { message = String(error), code = '', name } = told;
  const unknown = (why: string) => ({ answer: { kind: 'unknown', why: visible(why) } as const });
  // These are whole sentences.
  if (name === 'ProbeFault') return unknown(message);
  // The secret could not be read.
  if (name === 'ReconcileError') return { is: 'login', ...unknown(message) };
  const { stage } = about;
  if (code === 'ECONNREFUSED' && stage === 'connection') return { answer: { kind: 'refused' } };
  // MySQL's own numbers are positive, the system's are not: what the server says ends the login.
  const cut = stage === 'login' && !(Number(told.errno) > 0) ? ({ isCut: true } as const) : {};
  if (code === 'ETIMEDOUT') return { ...cut, ...unknown(late(about)) };
  const tls = tlsFault(message, code, about);
  if (tls) return { is: 'tls', ...unknown(tls) };
  const refusal = refusalBy(told, about);
  if (refusal) return { ...(refusal.isLogin ? { is: 'login' } : {}), ...unknown(refusal.why) };
  return { ...cut, ...unknown(`${code || name || 'Error'}: ${message.slice(0, 200)}`) };
}

function late({ stage, timeoutMs, probe }: About): string {
  const within = `within ${timeoutMs / 1000} s`;
  switch (stage) {
    case 'preparation':
      return `what the login needs was not there ${within}${probe.login === 'secret' ? '. Next: check the way to Secrets Manager, which inside a VPC is an interface endpoint.' : ''}`;
    case 'connection':
      return `no connection ${within}. Next: check the rule from the functions' security group to the database's; a host that is gone or fenced does not answer either.`;
    case 'login':
      return `it accepted the connection, and no login ${within}`;
    case 'answer':
      return `it did not answer ${within}`;
  }
}

/** Node's names for what a certificate may lack, OpenSSL's and the drivers'. */
const tlsCodes =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_|EPROTO$|HANDSHAKE_)/;

/** What did not prove that the server is the member; undefined where the connection broke, which proves nothing. */
function tlsFault(message: string, code: string, { member }: About): string | undefined {
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT' || /does not support SSL/.test(message))
    return 'it offers no TLS, and without TLS nothing is sent.';
  if (!tlsCodes.test(code) || /ECONNRESET|EPIPE|disconnected before/.test(message)) return undefined;
  if (/altnames/.test(message))
    return `the certificate is not for ${member.host} (${message}). Next: check the endpoint; another database may have the address by now.`;
  return `the certificate cannot be verified (${message}). Next: deploy again, so that rds-roots.pem beside the function has the root certificates of RDS in this Region.`;
}
