import type { Member } from '../../ports.ts';
import type { Protocol } from '../../protocols.ts';
import type { Config } from '../../settings/config.ts';
import type { Client, Environment } from '../borrowed-client.ts';
import { release, throughSocket } from './dial.ts';
import { silenced } from './faults.ts';
import { createSecret } from './secret.ts';
import type { Attempt, Credentials, Open, Session } from './session.ts';
import { createToken } from './token.ts';

export type Driver = () => Promise<Open>;

/** A driver is loaded where its engine is. */
export const drivers: { readonly [P in Protocol]?: Driver } = {
  postgres: async () => (await import('./postgres.ts')).openPostgres,
  mysql: async () => (await import('./mysql.ts')).openMysql,
};

export type Login = {
  open(attempt: Attempt, driver: Driver): Promise<Session>;
  /** The credentials were refused: they are read again. */
  refused(): void;
};

export type LoginOptions = {
  readonly probe: Config['probe'];
  /** Signs tokens, and the call for the secret. */
  readonly client: Client;
  readonly env: Environment;
  /** PEM. */
  readonly roots: () => Promise<string>;
};

/** Logs in to members as the configuration says: with a new token each time, or with what the secret holds. */
export function createLogin({ probe, client, env, roots }: LoginOptions): Login {
  const { user, secretArn, database } = probe;
  const secret = secretArn === undefined ? undefined : createSecret(client, env, { arn: secretArn, user });
  const credentialsFor = async ({ host, port }: Member): Promise<Credentials> =>
    secret ? secret.read() : { user, password: await createToken(client, { host, port, user }) };
  const always = { isToken: secret === undefined, database };
  return {
    async open(attempt, driver) {
      const { member } = attempt;
      const [open, credentials, ca] = await Promise.all([driver(), credentialsFor(member), roots()]);
      return throughSocket(attempt, async (socket) => {
        const quiet = (error: unknown) => Promise.reject(silenced(error, credentials.password));
        const session = await open({ ...always, member, socket, credentials, roots: ca }).catch(quiet);
        const end = () => {
          session.end();
          release(socket);
        };
        return { ...session, isWriter: () => session.isWriter().catch(quiet), end };
      });
    },
    refused: () => secret?.forget(),
  };
}
