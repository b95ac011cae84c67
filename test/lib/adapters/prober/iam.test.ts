import { expect, onTestFinished, test, vi } from 'vitest';
import { startFakeMysql } from './fake-mysql.ts';
import { startFakePostgres } from './fake-postgres.ts';
import { clientWith, host, probing, whyOf } from './rig.ts';
import { isValidToken } from './token.ts';

/* How RDS logs a user of IAM's in needs RDS's own modules, so servers of ours speak the two protocols here. */

const iam = { login: 'iam', user: 'rds_target_probe' } as const;
const { client } = clientWith(() => ({ status: 500, body: '' }));

async function startPostgres(admits: (user: string, token: string) => boolean) {
  const server = await startFakePostgres(host, { admits });
  onTestFinished(() => server.close());
  return { ...server, engine: () => 'aurora-postgresql' };
}

async function startMysql(admits: (user: string, token: string) => boolean) {
  const server = await startFakeMysql(host, { admits: (token) => admits('rds_target_probe', token) });
  onTestFinished(() => server.close());
  return { ...server, engine: () => 'aurora-mysql' };
}

const engines = [
  ['PostgreSQL', startPostgres, 'PAM authentication failed'],
  ['MySQL', startMysql, 'Access denied for user'],
] as const;

test.each(engines)('%s: each login has a token of its own, for the name of the endpoint', async (_, start) => {
  const seen: { user: string; token: string }[] = [];
  const server = await start((user, token) => seen.push({ user, token }) > 0);
  const { port, roots, engine } = server;
  const first = probing({ probe: iam, client, engine, roots: async () => roots });
  expect(await first.ask({ ip: '127.0.0.1', port, host })).toEqual({ kind: 'writer' });
  expect(await first.ask({ ip: '127.0.0.1', port, host })).toEqual({ kind: 'writer' });
  expect(seen.map(({ user }) => user)).toEqual(['rds_target_probe']);
  for (const { token } of seen) expect(isValidToken(token, { host, port, user: 'rds_target_probe' })).toBe(true);
});

test.each(engines)(
  '%s: a token that is refused is told with what to do, not shown, and tried again',
  async (_, start, refusal) => {
    const tokens: string[] = [];
    const server = await start((_, token) => tokens.push(token) > 1);
    const { port, roots, engine } = server;
    const prober = probing({ probe: iam, client, engine, roots: async () => roots });
    const why = whyOf(await prober.ask({ ip: '127.0.0.1', port, host }));
    expect(why).toContain('refuses the login of rds_target_probe');
    expect(why).toContain(refusal);
    expect(why).toContain("the function's role may rds-db:connect as rds_target_probe");
    expect(why).not.toContain('X-Amz-');
    // In a watch members are asked four times a second; the log of the database gets a line for each refused login.
    expect(whyOf(await prober.ask({ ip: '127.0.0.1', port, host }))).toBe(why);
    expect(tokens).toHaveLength(1);
    await vi.waitFor(
      async () => expect(await prober.ask({ ip: '127.0.0.1', port, host })).toEqual({ kind: 'writer' }),
      { timeout: 20_000 },
    );
    expect(tokens).toHaveLength(2);
  },
);
