import { existsSync, readFileSync } from 'node:fs';
import { type Stack, Token } from 'aws-cdk-lib';
import { type ISecurityGroup, Port } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { foreignEngine, loginRefusal } from '../config/engines.ts';
import { probedResource } from '../config/faster-schema.ts';
import { rulesBetween } from '../placement/access.ts';
import type { BoundPlacement, Placement } from '../placement/placement.ts';
import type { FollowedDatabase } from './followed-database.ts';
import { rootsOf } from './rds-roots.ts';

/** How the functions ask the members of the database which is the writer. */
export interface ProbeProps {
  /** `iam`: with a token, as `user`. `secret`: with the user and password of `secret`. `connect`: without a login. */
  readonly login: 'iam' | 'secret' | 'connect';
  /**
   * Database user, for a login by IAM. It needs no rights but to log in.
   * @default 'rds_target_probe'
   */
  readonly user?: string;
  /**
   * Database on the server that the probe logs in to.
   * @default - the engine's own: postgres for PostgreSQL, none for MySQL and MariaDB
   */
  readonly database?: string;
  /**
   * Secret with `username` and `password`, for a login by secret. An imported one needs its complete ARN.
   * @default - none
   */
  readonly secret?: ISecret;
  /** Security group of the database: a rule in it admits the functions to `port`. */
  readonly databaseSecurityGroup: ISecurityGroup;
  /** Port of the database. */
  readonly port: number;
  /**
   * RDS's resource id of the database (`db-…`, for a cluster `cluster-…`): the token then logs in to this one alone. A blue/green switchover
   * puts a database with another id in its place, and the probe fails until the next deployment.
   * @default - the user, on any database of the account and Region
   */
  readonly resourceId?: string;
  /**
   * PEM file with the root certificates of RDS, for a Region whose roots this version does not bring.
   * @default - the roots of the stack's Region; where it is not known at synth, those of all
   */
  readonly rootsFile?: string;
}

type Probed = {
  readonly probe: ProbeProps;
  readonly database: FollowedDatabase;
  /** As the functions read it. */
  readonly user: string;
};

/** What the functions may do for the probe, beyond the rule that admits them. */
export function probeStatements(stack: Stack, { probe, database, user }: Probed): PolicyStatement[] {
  const { login, secret } = probe;
  if (login === 'iam') return [logIn(stack, probe.resourceId ?? `${idPrefix(database)}-*`, user)];
  if (login !== 'secret' || !secret) return [];
  return [
    allow('ReadProbeSecret', ['secretsmanager:GetSecretValue'], [secret.secretArn]),
    ...(secret.encryptionKey ? [decrypt(stack, secret, secret.encryptionKey.keyArn)] : []),
  ];
}

const allow = (sid: string, actions: string[], resources: string[]) => new PolicyStatement({ sid, actions, resources });

/** A member of an Aurora cluster takes tokens for the cluster (RDS guide, "Creating and using an IAM policy for IAM database access"). */
const idPrefix = ({ kind, member }: FollowedDatabase): string => (kind === 'cluster' || member ? 'cluster' : 'db');

/** The signature is made locally: it is no call. */
const logIn = (stack: Stack, resourceId: string, user: string) =>
  allow(
    'LogInAsProbe',
    ['rds-db:connect'],
    [`arn:${stack.partition}:rds-db:${stack.region}:${stack.account}:dbuser:${resourceId}/${user}`],
  );

/** Secrets Manager decrypts on behalf of the caller, and names the secret. */
const decrypt = (stack: Stack, secret: ISecret, keyArn: string) =>
  new PolicyStatement({
    sid: 'DecryptProbeSecret',
    actions: ['kms:Decrypt'],
    resources: [keyArn],
    conditions: {
      StringEquals: {
        'kms:ViaService': `secretsmanager.${stack.region}.amazonaws.com`,
        'kms:EncryptionContext:SecretARN': secret.secretArn,
      },
    },
  });

/** Lets the functions reach the database on its port. */
export function admitProbe(bound: BoundPlacement, probe: ProbeProps | undefined): BoundPlacement {
  const [functions] = bound.network.securityGroups ?? [];
  if (!probe || !functions) return bound;
  const { databaseSecurityGroup: database, port } = probe;
  functions.connections.allowTo(database, Port.tcp(port), 'Probe: functions to database');
  return { ...bound, needs: [...bound.needs, ...rulesBetween(functions, database)] };
}

/** @throws Error for a probe that cannot reach the database, or learns nothing by its login */
export function checkProbe(
  probe: ProbeProps | undefined,
  { kind, engine }: FollowedDatabase,
  placement: Placement,
): void {
  if (!probe) return;
  const { resourceId = '' } = probe;
  if (resourceId !== '' && !Token.isUnresolved(resourceId) && !probedResource.pattern.test(resourceId))
    throw new Error(`probe.resourceId is ${JSON.stringify(resourceId)}; allowed: ${probedResource.allowed}`);
  if (!placement.isInsideVpc)
    throw new Error(
      'probe is given without a placement; allowed: with placement: Placement.insideVpc(…), as from outside the VPC the functions cannot reach the database',
    );
  const refusal = loginRefusal(probe.login, kind, foreignEngine(engine, undefined));
  if (refusal) throw new Error(`probe.login is "${probe.login}"; allowed: ${refusal}`);
}

/** The root certificates that a probe trusts, as the file beside the bundle has them; undefined without a probe. */
export const rootsFor = (stack: Stack, probe: ProbeProps | undefined): string | undefined =>
  probe && (probe.rootsFile === undefined ? rootsOf(stack.region) : readRoots(probe.rootsFile));

function readRoots(file: string): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new Error(
      `probe.rootsFile ${file} holds no certificate; allowed: a PEM file with the root certificates of RDS`,
    );
  return text;
}
