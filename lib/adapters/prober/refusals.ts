import type { About, Told } from './session.ts';

/* How a server refuses a login or a connection, by its code, and what to do about it. */

type Remedy = (probe: About['probe']) => string;

const secret = 'write the user and the password of the probe into the secret, and see that the database has this user';
const iam: Remedy = ({ user }) =>
  `check that IAM authentication is on at the database, and that the function's role may rds-db:connect as ${user}; where it worked before, IAM may fail for some minutes`;
const otherDatabase: Remedy = () => 'set PROBE_DATABASE to a database that exists and that the user may connect to';
const ofMysql: Remedy = (probe) =>
  probe.login === 'iam' ? `create ${probe.user} with the plugin AWSAuthenticationPlugin; ${iam(probe)}` : secret;

/** Refused logins, by SQLSTATE, by MySQL's number, and by mysql2's word. */
const logins: Readonly<Record<string, Remedy>> = {
  '28P01': ({ login, user }) =>
    login === 'iam'
      ? `create ${user} and GRANT rds_iam TO ${user}: without that role PostgreSQL takes a token for a password`
      : secret,
  '28000': (probe) => (probe.login === 'iam' ? iam(probe) : secret),
  '3D000': otherDatabase,
  '42501': otherDatabase,
  '1044': otherDatabase,
  '1045': ofMysql,
  '1049': otherDatabase,
  '1698': ofMysql,
  MYSQL_CLEAR_PASSWORD_NOT_ENABLED: () => 'set PROBE to iam: the database asks this user for a token of IAM',
};

/** Servers that refuse every login for now. */
const busy: Readonly<Record<string, string>> = {
  '53300': 'has no connection left',
  '57P03': 'is starting up or shutting down',
  '1040': 'has no connection left',
  '1203': 'has no connection left for the user of the probe',
  // By the limit of this user (MAX_USER_CONNECTIONS), not of all.
  '1226': 'has no connection left for the user of the probe',
  // Only after many handshakes that broke without a login between them.
  '1129':
    'has locked out the address of the function. Next: FLUSH HOSTS there, and raise max_connect_errors in the parameter group',
};

/** Undefined for what no server said. */
export function refusalBy(
  { code, errno, message = '' }: Told,
  { probe }: Pick<About, 'probe'>,
): { readonly isLogin: boolean; readonly why: string } | undefined {
  const [key] = [code, errno].map(String).filter((one) => Object.hasOwn(logins, one) || Object.hasOwn(busy, one));
  if (key === undefined) return undefined;
  const said = `(${key}: ${message.slice(0, 200)})`;
  const remedy = logins[key];
  if (!remedy) return { isLogin: false, why: `${busy[key]} ${said}.` };
  const whom = probe.login === 'iam' ? probe.user : 'the user in the secret';
  return { isLogin: true, why: `refuses the login of ${whom} ${said}. Next: ${remedy(probe)}.` };
}
