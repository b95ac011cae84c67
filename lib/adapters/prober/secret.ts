import { awsFault, noAnswer } from '../../errors.ts';
import { type Client, type Environment, send } from '../borrowed-client.ts';
import { unable } from './faults.ts';
import type { Credentials } from './session.ts';

const action = 'GetSecretValue';

/** The login that Secrets Manager keeps. It is read once, and again after `forget`. */
type Secret = { read(): Promise<Credentials>; forget(): void };

/** `user`: for a secret that names none. */
type Where = { readonly arn: string; readonly user: string };

/** Members that are asked at once share a call, which no member's time-out ends. */
export function createSecret(client: Client, env: Environment, { arn, user }: Where): Secret {
  let known: Promise<Credentials> | undefined;
  const forget = () => {
    known = undefined;
  };
  return {
    read() {
      known ??= textOf(client, env, arn).then((value) => credentialsIn(value, arn, user));
      known.catch(forget);
      return known;
    },
    forget,
  };
}

async function textOf(client: Client, env: Environment, arn: string): Promise<string> {
  try {
    return await ask(client, env, arn);
  } catch (error) {
    throw awsFault(`reading the secret ${arn}`, `secretsmanager:${action}`, error);
  }
}

async function ask(client: Client, env: Environment, arn: string): Promise<string> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `secretsmanager.${action}` };
  const body = JSON.stringify({ SecretId: arn });
  const service = { name: 'secretsmanager', variable: 'SECRETS_MANAGER' } as const;
  const { statusCode, reply } = await send(client, env, service, { headers, body });
  const { __type = '', message, Message = message, ARN, SecretString } = fieldsOf(reply);
  if (statusCode >= 300)
    throw Object.assign(new Error(`${Message ?? ''}`), {
      name: `${__type}`.replace(/.*#/, '') || 'Unknown',
      $metadata: { httpStatusCode: statusCode },
    });
  if (ARN !== arn || typeof SecretString !== 'string') throw noAnswer(`${action} gave no text of this secret`);
  return SecretString;
}

/** What is wrong with it is told without a word of it. */
function credentialsIn(value: string, arn: string, user: string): Credentials {
  const { username = user, password } = fieldsOf(value);
  if (typeof username !== 'string' || typeof password !== 'string' || password === '')
    throw unable(`the secret ${arn} has no password. Next: make it {"username": "…", "password": "…"}.`);
  return { user: username, password };
}

/** Of a text that is no JSON object: none. What JSON.parse would say quotes it. */
function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
