import { createHash, createHmac } from 'node:crypto';
import { credentials } from './rig.ts';

/* Signature Version 4 for a query, written from its description ("Create a signed AWS API request" in the IAM user guide). */

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Whether RDS would take the token, now, for this endpoint and user. */
export function isValidToken(token: string, endpoint: { host: string; port: number; user: string }): boolean {
  const { host, searchParams } = new URL(`https://${token}`);
  const given = Object.fromEntries(searchParams);
  const { 'X-Amz-Signature': signature, ...signed } = given;
  const date = given['X-Amz-Date'] ?? '';
  const scope = `${date.slice(0, 8)}/eu-central-1/rds-db/aws4_request`;
  const expected = {
    Action: 'connect',
    DBUser: endpoint.user,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': '900',
    'X-Amz-Security-Token': credentials.sessionToken,
    'X-Amz-SignedHeaders': 'host',
  };
  const query = Object.entries(expected).map((pair) => pair.map(encoded).join('='));
  const canonical = ['GET', '/', query.sort().join('&'), `host:${host}`, '', 'host', hash('')].join('\n');
  const key = ['eu-central-1', 'rds-db', 'aws4_request'].reduce(
    hmac,
    hmac(`AWS4${credentials.secretAccessKey}`, date.slice(0, 8)),
  );
  const right = hmac(key, ['AWS4-HMAC-SHA256', date, scope, hash(canonical)].join('\n')).toString('hex');
  const at = Date.parse(date.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5'));
  return (
    token.startsWith(`${endpoint.host}:${endpoint.port}/?`) &&
    signature === right &&
    Math.abs(Date.now() - at) < 60_000 &&
    JSON.stringify(Object.entries(signed).sort()) === JSON.stringify(Object.entries(expected).sort())
  );
}
