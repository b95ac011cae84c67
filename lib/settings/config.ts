import { ReconcileError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { longestPauseHours } from './codecs.ts';
import { conflicts, refusedAtDeployment } from './conflicts.ts';
import { codecOf, problem, row, type Values, variableNames } from './rows.ts';
import type { Config } from './setting.ts';
import { type Name, settings } from './table.ts';

export type { Config } from './setting.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment of a function.
 * @param isToDeploy whether it is about to be deployed: what has no effect is refused, too
 * @throws ReconcileError InvalidConfiguration with all problems at once, each with name, value and what is allowed
 */
export function configFromEnv(env: Environment, isToDeploy = false): Config {
  const values: Values = {};
  const problems: string[] = [];
  for (const name of variableNames) {
    const text = env[name]?.trim();
    if (!text) continue;
    const { decode, tidy, hint } = codecOf(name);
    const value = decode(tidy?.(text) ?? text);
    if (value !== undefined) Object.assign(values, { [name]: value });
    else problems.push(problem(name, `"${text}"`) + (hint?.(text) ?? ''));
  }
  const isMissing = (name: Name) => !env[name]?.trim();
  problems.push(
    ...needed(values.DATABASE_KIND)
      .filter(isMissing)
      .map((name) => missingText(name, env)),
  );
  const { refused, missing } = conflicts(values, isMissing);
  problems.push(...refused, ...missing.map((name) => missingText(name, env)));
  if (isToDeploy) problems.push(...refusedAtDeployment(values, isMissing));
  if (problems.length > 0) throw invalid(problems);
  return configFrom(values);
}

const invalid = (problems: readonly string[]) =>
  new ReconcileError('InvalidConfiguration', [
    `the configuration has ${problems.length} problem(s):`,
    ...problems.map((one) => `- ${one}`),
  ]);

const needed = (kind: Values['DATABASE_KIND']): Name[] => [
  ...variableNames.filter((name) => row(name).required === 'always'),
  ...variableNames.filter((name) => kind && row(name).required?.includes(kind)),
];

/** A name that is set and almost this one was probably meant. */
function missingText(name: Name, env: Environment): string {
  const others = Object.keys(env).filter((other) => env[other]?.trim() && !variableNames.some((own) => own === other));
  const [meant] = others.filter((other) => nearest(other, [name]));
  const hint = meant === undefined ? '' : `; ${meant} is set: did you mean ${name}?`;
  return `${name} is not set; allowed: ${settings[name].codec.allowed}${hint}`;
}

type Fields = Record<string, unknown>;

/** The object that holds a setting's place, and the field there. */
function placeIn(config: Fields, at: string): [Fields, string] {
  const [first = '', second] = at.split('.');
  return second === undefined ? [config, first] : [config[first] as Fields, second];
}

/** The rows see to it that each field gets what it holds, and that none is missing. */
function configFrom(values: Values): Config {
  const { DATABASE_KIND: kind = 'instance', ROLE: role = 'writer' } = values;
  const config: Fields = { database: {}, policy: {}, timings: {}, probe: {} };
  for (const name of variableNames) {
    const { at, codec, default: byDefault } = row(name);
    const value = values[name] ?? (typeof byDefault === 'function' ? byDefault({ kind, role }) : byDefault);
    // A flag without a default says as much by "false" as by nothing.
    if (value === undefined || (value === false && byDefault === undefined)) continue;
    const [fields, field] = placeIn(config, at);
    fields[field] = codec.kind === 'number' && codec.unitMs ? Math.round(Number(value) * codec.unitMs) : value;
  }
  return config as Config;
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
  const problems: string[] = [];
  const written = variableNames.flatMap((name) => {
    const { at, codec, default: byDefault } = row(name);
    const [fields, field] = placeIn(config, at);
    const held = fields[field];
    const isUnset = held === undefined || [held, byDefault].every((one) => Array.isArray(one) && one.length === 0);
    if (isUnset) return [];
    const value = codec.kind === 'number' && codec.unitMs ? Number(held) / codec.unitMs : held;
    const { decode, encode } = codecOf(name);
    const text = encode(value);
    if (decode(text) !== undefined) return [[name, text] as const];
    problems.push(problem(name, JSON.stringify(value)));
    return [];
  });
  if (problems.length > 0) throw invalid(problems);
  return Object.fromEntries(written);
}
