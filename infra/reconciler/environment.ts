import { Duration, Fn, Token, Tokenization } from 'aws-cdk-lib';
import { ReconcileError } from '../../lib/errors.ts';
import { type Config, configFromEnv, configToEnv } from '../../lib/settings/config.ts';
import { environmentFrom, keyOf, row, writtenIn } from '../../lib/settings/rows.ts';
import type { descriptions, Name } from '../../lib/settings/table.ts';
import { isUnknownYet } from '../placement/lookups.ts';
import { allowedCidrsOf } from './allowed-cidrs.ts';
import { type TargetReconcilerProps, verifiesInterfaces } from './target-reconciler-props.ts';

type KeyOf<N extends Name> = (typeof descriptions)[N] extends { readonly key: infer Key } ? Key : never;
type PropOf<Key> = Key extends `reconcile.${infer Prop}${'Milliseconds' | 'Seconds'}`
  ? Prop
  : Key extends `reconcile.${infer Prop}`
    ? Prop
    : never;

/** The properties that are settings; a row without its property does not compile. */
export type SettingProps = Pick<TargetReconcilerProps, { [N in Name]: PropOf<KeyOf<N>> }[Name]>;

/** The property of a setting under `reconcile`; a duration has its unit in the key. */
export function propOf(name: Name): keyof SettingProps | undefined {
  const [group, key] = keyOf(name)?.split('.') ?? [];
  return group === 'reconcile' ? (key?.replace(/(Millis|S)econds$/, '') as keyof SettingProps) : undefined;
}

/**
 * The environment of both functions. It is read as the functions read it, so that what they would refuse stops the synth, and is
 * written back with every default filled in. Values that only the deployment knows (tokens) pass through as they are.
 * @throws ReconcileError InvalidConfiguration with all problems at once
 */
export function environmentOf(
  props: TargetReconcilerProps,
  targetGroupArn: string,
  path = props.databaseName,
): Record<string, string> {
  const { database } = props;
  /** What the properties say in another way than databases.json. */
  const own: { readonly [N in Name]?: unknown } = {
    DATABASE_NAME: props.databaseName,
    DATABASE_ID: database.identifier,
    DATABASE_CUSTOM_ENDPOINT: database.customEndpoint,
    TARGET_GROUP_ARN: targetGroupArn,
    TARGET_PORT: props.targetPort ?? database.port,
    ALLOWED_CIDRS: allowedCidrsOf(props),
    VERIFY_INTERFACES: verifiesInterfaces(props),
    PROBE_SECRET_ARN: props.probe?.secret?.secretArn,
    WARM_STANDBY: props.warmStandby && true,
    WARM_SECURITY_GROUP: props.warmStandby?.securityGroup.securityGroupId,
    FAILOVER_TOPIC_ARN: props.notifyFailovers?.topic.topicArn,
  };
  const given = (name: Name) => {
    const prop = propOf(name);
    if (name in own) return own[name];
    return prop ? props[prop] : writtenIn(props, name);
  };
  const texts = environmentFrom(given, textOf);
  const tokens = Object.entries(texts).filter(([, text]) => isUnknownYet(text));
  // A token, or a placeholder, is checked by a legal value in its place.
  const concrete = { ...texts, ...Object.fromEntries(tokens.map(([name]) => [name, row(name as Name).codec.example])) };
  return {
    ...configToEnv(checked(concrete, { path, tokens: Object.fromEntries(tokens) })),
    ...Object.fromEntries(tokens),
  };
}

type Asked = { readonly path: string; readonly tokens: Readonly<Record<string, string>> };

/** The message names the construct, and shows no value that only stands for another. */
function checked(texts: Record<string, string>, { path, tokens }: Asked): Config {
  try {
    return configFromEnv(texts, true);
  } catch (error) {
    if (!(error instanceof ReconcileError)) throw error;
    const told = Object.keys(tokens).reduce(
      (text, name) =>
        text.replaceAll(`${name} is "${texts[name]}"`, `${name} is a value that only the deployment knows`),
      error.message,
    );
    throw new ReconcileError(error.code, `${path}: ${told}`.split('\n'));
  }
}

function textOf(value: unknown, name: Name): string {
  const { codec } = row(name);
  if (value instanceof Duration && codec.kind === 'number')
    return Tokenization.stringifyNumber(value.toMilliseconds() / (codec.unitMs ?? 1));
  if (typeof value === 'number') return Tokenization.stringifyNumber(value);
  // An empty list means the default, as in the functions.
  return Array.isArray(value) && Token.isUnresolved(value) ? Fn.join(',', value) : String(value);
}
