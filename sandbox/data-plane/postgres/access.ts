import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkServerIdentity } from 'node:tls';
import type { ClientConfig } from 'pg';
import { type Identity, writePrivate } from './identity.ts';

export const USER = 'postgres';
const DATABASE = 'postgres';

/** The user that a probe logs in as. It owns nothing, and may do nothing but that. */
const PROBE_USER = 'rds_target_probe';

/** A client's login: the password, and the authority of the server's certificate. */
export type Access = {
  /** The database's own name, which its certificate has. */
  readonly endpoint: string;
  readonly password: string;
  /** As Secrets Manager keeps it. */
  readonly probe: { readonly username: string; readonly password: string };
  /** PEM. */
  readonly authority: string;
  /** The same as a file, for libpq and the drill. */
  readonly authorityFile: string;
  /** libpq's password file (PGPASSFILE), closed to other users. */
  readonly passwordFile: string;
};

/** Draws a password and a certificate, and writes what libpq reads of them. The server's key is in no file yet, the authority's in none ever. */
export async function createAccess(
  directory: string,
  endpoint: string,
  identity: Identity,
): Promise<{ readonly access: Access; readonly certified: Certified }> {
  const password = newPassword();
  const authority = createAuthority();
  const authorityFile = join(directory, 'ca.pem');
  const passwordFile = join(directory, 'pgpass');
  await writeFile(authorityFile, authority.certificate);
  await writePrivate(passwordFile, `*:*:*:${USER}:${password}\n`, identity);
  const probe = { username: PROBE_USER, password: newPassword() };
  const access = { endpoint, password, probe, authority: authority.certificate, authorityFile, passwordFile };
  return { access, certified: authority.issue(endpoint, memberNames(endpoint)) };
}

/** `orders.cluster-c1example.…` → `*.c1example.…`: the endpoints of the members, which may be renamed. */
const memberNames = (endpoint: string): string => endpoint.replace(/^[^.]+\.(cluster-)?/, '*.');

const newPassword = () => randomBytes(24).toString('base64url');

/** What a database administrator does for the probe. */
export const createProbeUser = ({ probe: { username, password } }: Access): string =>
  `create user ${username} password '${password}'`;

/** For `pg`, without host and port: the server is asked for the database's certificate wherever it listens. */
export const loginOf = ({ endpoint, password, authority }: Access): ClientConfig => ({
  user: USER,
  database: DATABASE,
  password,
  ssl: {
    ca: authority,
    // Otherwise NODE_TLS_REJECT_UNAUTHORIZED decides.
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(endpoint, certificate),
  },
});

/** PEM. */
export type Certified = { readonly certificate: string; readonly key: string };

/** A certificate authority that lives as long as this process: its key is written nowhere. */
type Authority = {
  /** PEM. */
  readonly certificate: string;
  /** A server's certificate for DNS names, the first of which is its subject. */
  issue(name: string, ...others: readonly string[]): Certified;
};

/** X.509 (RFC 5280) with P-256, as much of it as TLS asks for: Node can read certificates, not make them. */
export function createAuthority(name = 'Sandbox Root CA'): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = nameOf(name);
  const certify = (subject: Buffer, key: KeyObject, extension: Buffer) =>
    pem('CERTIFICATE', certificateOf({ issuer, subject, key, extension, signedBy: privateKey }));
  return {
    certificate: certify(issuer, publicKey, isAuthority),
    issue(host, ...others) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        certificate: certify(nameOf(host), pair.publicKey, alternativeNames([host, ...others])),
        key: String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      };
    },
  };
}

type Content = {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly key: KeyObject;
  readonly extension: Buffer;
  readonly signedBy: KeyObject;
};

function certificateOf({ issuer, subject, key, extension, signedBy }: Content): Buffer {
  const serial = randomBytes(8);
  // Positive, and not shorter than it looks.
  serial[0] = 0x40;
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    issuer,
    sequence(time(-1), time(30)),
    subject,
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  return sequence(content, ecdsaWithSha256, der(0x03, Buffer.from([0]), sign('sha256', content, signedBy)));
}

/** Tag, length, content. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const identifier = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Buffer): Buffer => der(0x04, content);

const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'));
const nameOf = (common: string): Buffer =>
  sequence(der(0x31, sequence(identifier('550403'), der(0x0c, Buffer.from(common)))));
const alternativeNames = (hosts: readonly string[]): Buffer =>
  sequence(identifier('551d11'), octets(sequence(...hosts.map((host) => der(0x82, Buffer.from(host))))));
/** Basic constraints, critical: CA. */
const isAuthority = sequence(
  identifier('551d13'),
  der(0x01, Buffer.from([0xff])),
  octets(sequence(der(0x01, Buffer.from([0xff])))),
);

/** UTCTime so many days from now. */
const time = (days: number): Buffer =>
  der(
    0x17,
    Buffer.from(`${new Date(Date.now() + days * 86_400_000).toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`),
  );

const pem = (label: string, content: Buffer): string =>
  `-----BEGIN ${label}-----\n${content.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;
