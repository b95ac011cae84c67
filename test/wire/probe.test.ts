import { expect, test } from 'vitest';
import type { Config } from '../../lib/settings/config.ts';
import { createPostgres, type Postgres } from '../../sandbox/data-plane/postgres/engine.ts';
import { probeSecretArn, type Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';
import { eventually, live, reportOf, start, writerOf } from './rig.ts';

/* The functions log in to a real PostgreSQL, from the bundle, through the sandbox's VPC. */

const probing = (config: Config): Config => ({
  ...config,
  probe: { login: 'secret', user: 'nobody', secretArn: probeSecretArn },
});

async function startProbed(options: Partial<SandboxOptions> = {}): Promise<{ sandbox: Sandbox; postgres: Postgres }> {
  const engines: Postgres[] = [];
  const sandbox = await start({
    kind: 'cluster',
    speed: 8,
    async engine(journal) {
      const engine = await createPostgres({ journal });
      engines.push(engine);
      return engine;
    },
    config: probing,
    isScheduled: false,
    ...options,
  });
  const [postgres] = engines;
  if (!postgres) throw new Error('there is no engine');
  return { sandbox, postgres };
}

const checkOf = async ({ functions }: Sandbox) => {
  const { checks = [] } = reportOf(await functions.drift.invoke({ action: 'doctor' }));
  return checks.find(({ check }) => check === 'probe');
};

test('the doctor tells what each member says of itself, and a wrong password without the password', async () => {
  // Nothing fails over, so the members have AWS's time for their answers: at the sandbox's speed a busy machine is late.
  const config: SandboxOptions['config'] = (one) => {
    const { timings, ...rest } = probing(one);
    return { ...rest, timings: { ...timings, recheckMs: 1000 } };
  };
  const { sandbox } = await startProbed({ config });
  expect(await checkOf(sandbox)).toMatchObject({
    result: 'ok',
    detail: expect.stringMatching(
      /^(10\.0\.1\.10:5432 writer, 10\.0\.2\.10:5432 reader|10\.0\.2\.10:5432 reader, 10\.0\.1\.10:5432 writer)$/,
    ),
  });
  const { functions, secrets } = sandbox;
  secrets.set(probeSecretArn, JSON.stringify({ username: 'stranger', password: 'hunter2' }));
  // The environment keeps a secret that works until a login is refused: this is another one.
  functions.drift.reconfigure({ ...sandbox.environment, LOG_LEVEL: 'DEBUG' });
  const check = await checkOf(sandbox);
  expect(check).toMatchObject({
    result: 'failed',
    detail: expect.stringContaining('(28P01: password authentication failed for user "stranger")'),
  });
  const told = JSON.stringify([check, functions.drift.results().map(({ log, payload }) => ({ log, payload }))]);
  expect(told).not.toContain('hunter2');
});

test.each([
  { how: 'whose host breaks its connections', silentDeaths: false },
  { how: 'whose host is fenced and falls silent', silentDeaths: true },
])(
  'a new writer is registered by its own word while DNS and the API name the old one, $how',
  async ({ silentDeaths }) => {
    const { sandbox } = await startProbed({ silentDeaths });
    const { database } = sandbox;
    const old = writerOf(sandbox);
    const { endpoint } = database.names();
    database.dns.override(endpoint, database.zone(endpoint, 'A'));
    database.freezeApiView();
    void database.failover({ cause: 'crash' });
    await eventually(() => {
      expect(writerOf(sandbox)).not.toBe(old);
      expect(live(sandbox)).toEqual([writerOf(sandbox)]);
    });
  },
);
