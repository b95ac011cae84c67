import * as z from 'zod/mini';
import { privateCidrs } from '../addresses.ts';
import { identifierHint } from '../contradictions.ts';
import type { Database, Policy, Timings } from '../domain.ts';
import { ReconcileError } from '../errors.ts';
import { defaultNamespace } from '../metrics.ts';
import { nearest } from '../nearest.ts';
import {
  type logLevels,
  longestPauseHours,
  type Name,
  problem,
  schemaOf,
  type Values,
  variableNames,
  variables,
  wordsOf,
} from './variables.ts';

/** Everything that one deployed database needs; the same for both functions. */
export type Config = {
  readonly database: Database;
  readonly targetGroupArn: string;
  readonly policy: Policy;
  readonly timings: Timings;
  /** `address` or `address:port`; empty means the system's. */
  readonly dnsServers: readonly string[];
  /** Until then the functions only observe: a time in ISO 8601. */
  readonly pausedUntil?: string;
  readonly metricsNamespace: string;
  readonly logLevel: (typeof logLevels)[number];
};

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment of a function.
 * @throws ReconcileError InvalidConfiguration with all problems at once, each with name, value and what is allowed
 */
export function configFromEnv(env: Environment): Config {
  const values: Values = {};
  const problems: string[] = [];
  for (const name of variableNames) {
    const text = env[name]?.trim();
    if (!text) continue;
    const parsed = z.safeDecode(schemaOf(name), name === 'LOG_LEVEL' ? text.toUpperCase() : text);
    if (parsed.success) Object.assign(values, { [name]: parsed.data });
    else
      problems.push(
        problem(name, `"${text}"`) + (name === 'DATABASE_ID' ? identifierHint(text) : wordHint(name, text)),
      );
  }
  const given = (name: Name) => Boolean(env[name]?.trim());
  problems.push(...missing(values.DATABASE_KIND, given).map((name) => missingText(name, env)));
  if (values.DATABASE_MEMBER && values.DATABASE_KIND && values.DATABASE_KIND !== 'instance')
    problems.push(`DATABASE_MEMBER is "true"; allowed: false, or DATABASE_KIND instance`);
  problems.push(...customProblems(values));
  if (values.VERIFY_INTERFACES && values.DATABASE_KIND === 'hostname' && !given('DATABASE_SECURITY_GROUPS'))
    problems.push(missingText('DATABASE_SECURITY_GROUPS', env));
  if (problems.length > 0) throw invalid(problems);
  return configFrom(values);
}

const invalid = (problems: readonly string[]) =>
  new ReconcileError('InvalidConfiguration', [
    `the configuration has ${problems.length} problem(s):`,
    ...problems.map((one) => `- ${one}`),
  ]);

function missing(kind: Values['DATABASE_KIND'], given: (name: Name) => boolean): Name[] {
  const required: Name[] = ['DATABASE_NAME', 'DATABASE_KIND', 'TARGET_GROUP_ARN'];
  if (kind === 'hostname') required.push('DATABASE_HOSTNAME', 'TARGET_PORT');
  else if (kind) required.push('DATABASE_ID');
  return required.filter((name) => !given(name));
}

/** A name that is set and almost this one was probably meant. */
function missingText(name: Name, env: Environment): string {
  const others = Object.keys(env).filter((other) => env[other]?.trim() && !variableNames.some((own) => own === other));
  const [meant] = others.filter((other) => nearest(other, [name]));
  const hint = meant === undefined ? '' : `; ${meant} is set: did you mean ${name}?`;
  return `${name} is not set; allowed: ${variables[name].allowed}${hint}`;
}

/** The nearest of the few words that a variable takes. */
function wordHint(name: Name, text: string): string {
  const word = nearest(text, wordsOf(name));
  return word === undefined ? '' : `; did you mean ${word}?`;
}

/** A custom endpoint is a cluster's, and the role needs one. */
function customProblems({ DATABASE_KIND, DATABASE_CUSTOM_ENDPOINT: endpoint, ROLE }: Values): string[] {
  if (ROLE !== 'custom')
    return endpoint ? [`DATABASE_CUSTOM_ENDPOINT is "${endpoint}"; allowed: nothing without ROLE custom`] : [];
  return [
    ...(DATABASE_KIND && DATABASE_KIND !== 'cluster' ? ['ROLE is "custom"; allowed: DATABASE_KIND cluster alone'] : []),
    ...(endpoint
      ? []
      : [`DATABASE_CUSTOM_ENDPOINT is not set; allowed: ${variables.DATABASE_CUSTOM_ENDPOINT.allowed}`]),
  ];
}

function configFrom(values: Values): Config {
  const kind = values.DATABASE_KIND ?? 'instance';
  const role = values.ROLE ?? 'writer';
  return {
    database: {
      name: values.DATABASE_NAME ?? '',
      kind,
      role,
      ...(values.DATABASE_ID ? { id: values.DATABASE_ID } : {}),
      ...(values.DATABASE_HOSTNAME ? { hostname: values.DATABASE_HOSTNAME } : {}),
      ...(values.DATABASE_PROXY_NAME ? { proxyName: values.DATABASE_PROXY_NAME } : {}),
      ...(values.DATABASE_ENDPOINT ? { endpoint: values.DATABASE_ENDPOINT } : {}),
      ...(values.TARGET_PORT ? { port: values.TARGET_PORT } : {}),
      ...(values.DATABASE_MEMBER ? { isMember: true } : {}),
      ...(values.DATABASE_CUSTOM_ENDPOINT ? { customEndpoint: values.DATABASE_CUSTOM_ENDPOINT } : {}),
      ...(values.DATABASE_SECURITY_GROUPS ? { securityGroups: values.DATABASE_SECURITY_GROUPS } : {}),
    },
    targetGroupArn: values.TARGET_GROUP_ARN ?? '',
    policy: {
      removeStale:
        values.REMOVE_STALE ?? (role !== 'writer' || kind === 'hostname' ? 'when-replacement-healthy' : 'at-once'),
      allowedCidrs: values.ALLOWED_CIDRS ?? privateCidrs,
      ...(values.VERIFY_INTERFACES ? { verifyInterfaces: true } : {}),
      observeOnly: values.OBSERVE_ONLY ?? false,
    },
    timings: {
      watchMs: Math.round((values.WATCH_SECONDS ?? 120) * 1000),
      settleMs: Math.round((values.SETTLE_SECONDS ?? 30) * 1000),
      recheckMs: values.RECHECK_MILLISECONDS ?? 1000,
    },
    dnsServers: values.DNS_SERVERS ?? [],
    ...(values.PAUSED_UNTIL ? { pausedUntil: values.PAUSED_UNTIL } : {}),
    metricsNamespace: values.METRICS_NAMESPACE ?? defaultNamespace,
    logLevel: values.LOG_LEVEL ?? 'INFO',
  };
}

/** The end of a pause that lasts at `now`. */
export const pauseAt = ({ pausedUntil }: Pick<Config, 'pausedUntil'>, now: number): string | undefined =>
  pausedUntil !== undefined && now < Date.parse(pausedUntil) ? pausedUntil : undefined;

/** The clock that the end was taken from may be ahead of ours. */
const clockErrorMs = 900_000;

/**
 * A pause that was meant to be short and is not is a mistake like any other of the configuration.
 * @throws ReconcileError InvalidConfiguration
 */
export function checkPause({ pausedUntil }: Pick<Config, 'pausedUntil'>, now: number): void {
  if (pausedUntil === undefined || Date.parse(pausedUntil) - now <= longestPauseHours * 3_600_000 + clockErrorMs)
    return;
  throw invalid([problem('PAUSED_UNTIL', `"${pausedUntil}"`)]);
}

/**
 * The environment that `configFromEnv` reads back as this configuration; everything explicit but what is unset.
 * @throws ReconcileError InvalidConfiguration with all problems at once
 */
export function configToEnv(config: Config): Record<string, string> {
  const { database, policy, timings } = config;
  const values: Values = {
    DATABASE_NAME: database.name,
    DATABASE_KIND: database.kind,
    DATABASE_ID: database.id,
    DATABASE_HOSTNAME: database.hostname,
    DATABASE_PROXY_NAME: database.proxyName,
    DATABASE_ENDPOINT: database.endpoint,
    DATABASE_MEMBER: database.isMember,
    DATABASE_CUSTOM_ENDPOINT: database.customEndpoint,
    DATABASE_SECURITY_GROUPS: database.securityGroups && [...database.securityGroups],
    ROLE: database.role,
    TARGET_GROUP_ARN: config.targetGroupArn,
    TARGET_PORT: database.port,
    REMOVE_STALE: policy.removeStale,
    ALLOWED_CIDRS: [...policy.allowedCidrs],
    WATCH_SECONDS: timings.watchMs / 1000,
    SETTLE_SECONDS: timings.settleMs / 1000,
    RECHECK_MILLISECONDS: timings.recheckMs,
    DNS_SERVERS: config.dnsServers.length > 0 ? [...config.dnsServers] : undefined,
    VERIFY_INTERFACES: policy.verifyInterfaces,
    OBSERVE_ONLY: policy.observeOnly,
    PAUSED_UNTIL: config.pausedUntil,
    METRICS_NAMESPACE: config.metricsNamespace,
    LOG_LEVEL: config.logLevel,
  };
  const problems: string[] = [];
  const written = variableNames.flatMap((name) => {
    if (values[name] === undefined) return [];
    const encoded = z.safeEncode(schemaOf(name), values[name]);
    if (encoded.success) return [[name, encoded.data] as const];
    problems.push(problem(name, JSON.stringify(values[name])));
    return [];
  });
  if (problems.length > 0) throw invalid(problems);
  return Object.fromEntries(written);
}
