import { expect, test } from 'vitest';
import { createSecret } from '../../../../lib/adapters/prober/secret.ts';
import { arn, clientWith } from './rig.ts';

const reading = (body: object | string, { status = 200, env = {}, settings = {} } = {}) => {
  const { client, sent } = clientWith(
    () => ({ status, body: typeof body === 'string' ? body : JSON.stringify(body) }),
    settings,
  );
  const secret = createSecret(client, env, { arn, user: 'rds_target_probe' });
  return { secret, sent };
};
const holding = (SecretString: unknown) => reading({ ARN: arn, SecretString });
const message = (secret: { read(): Promise<unknown> }) => secret.read().then(String, (error: Error) => error.message);

test('a secret is read in one signed call, shared by concurrent logins, and again once it was refused', async () => {
  const { secret, sent } = holding('{"username": "probe", "password": "p"}');
  const both = await Promise.all([secret.read(), secret.read()]);
  expect(both).toEqual([1, 2].map(() => ({ user: 'probe', password: 'p' })));
  expect(await secret.read()).toEqual(both[0]);
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({
    protocol: 'https:',
    hostname: 'secretsmanager.eu-central-1.amazonaws.com',
    path: '/',
    body: `{"SecretId":"${arn}"}`,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
      authorization: expect.stringMatching(/Credential=ASIAEXAMPLE\/\d{8}\/eu-central-1\/secretsmanager\/aws4_request/),
    },
  });
  secret.forget();
  await secret.read();
  expect(sent).toHaveLength(2);
});

test('a secret without a user is for that of the configuration', async () => {
  expect(await holding('{"password": "p"}').secret.read()).toEqual({ user: 'rds_target_probe', password: 'p' });
});

test.each([
  { AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1/', AWS_ENDPOINT_URL: 'http://127.0.0.1:2/' },
  { AWS_ENDPOINT_URL: 'http://127.0.0.1:1/' },
])('%o names another endpoint', async (env) => {
  const { secret, sent } = reading({ ARN: arn, SecretString: '{"password": "p"}' }, { env });
  await secret.read();
  expect(sent[0]).toMatchObject({ protocol: 'http:', hostname: '127.0.0.1', port: 1 });
});

test.each([
  ['no JSON', 'hunter2'],
  ['no object', '"hunter2"'],
  ['null', 'null'],
  ['no password', '{"username": "hunter2"}'],
  ['an empty password', '{"username": "hunter2", "password": ""}'],
  ['a user that is no text', '{"username": 2, "password": "hunter2"}'],
])('a secret that is %s is told, without a word of it', async (_, text) => {
  const said = await message(holding(text).secret);
  expect(said).toBe(`the secret ${arn} has no password. Next: make it {"username": "…", "password": "…"}.`);
});

test.each([
  ['another secret', { ARN: `${arn}x`, SecretString: '{"password": "p"}' }],
  ['a binary secret', { ARN: arn, SecretBinary: 'aHVudGVyMg==' }],
  ['a page of a proxy', '<html>hunter2</html>'],
])('a reply with %s counts as none', async (_, body) => {
  expect(await message(reading(body).secret)).toMatch(/gave no text of this secret/);
});

test('a redirection is no secret', async () => {
  const body = { ARN: arn, SecretString: '{"password": "p"}' };
  expect(await message(reading(body, { status: 300 }).secret)).toMatch(/status 300 without an error of AWS's/);
});

test('what Secrets Manager refuses is told with what to do, and asked for again', async () => {
  const refused = {
    __type: 'com.amazonaws#AccessDeniedException',
    Message: 'not authorized to perform: secretsmanager:GetSecretValue',
  };
  const { secret, sent } = reading(refused, { status: 400 });
  const said = await message(secret);
  expect(said).toContain(
    `reading the secret ${arn}: secretsmanager:GetSecretValue failed (AccessDenied): AccessDeniedException: not authorized`,
  );
  expect(said).toContain("Next: grant the action to the function's role");
  await message(secret);
  expect(sent).toHaveLength(2);
});

test.each([
  ['{"__type": "Odd", "message": "no way"}', /: Odd: no way/],
  ['{"__type": "Odd"}', /: Odd: \. Next/],
  ['', /status 400 without an error of AWS's/],
])('a refusal is told as it came: %s', async (body, said) => {
  expect(await message(reading(body, { status: 400 }).secret)).toMatch(said);
});
