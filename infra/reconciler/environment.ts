import { type Duration, Fn, Token, Tokenization } from 'aws-cdk-lib';
import { configFromEnv, configToEnv } from '../../lib/settings/config.ts';
import type { Name } from '../../lib/settings/table.ts';
import { allowedCidrsOf, type TargetReconcilerProps, verifiesInterfaces } from './target-reconciler-props.ts';

type Texts = { readonly [N in Name]?: string };

/**
 * The environment of both functions. It is read as the functions read it, so that what they would refuse stops the synth, and is
 * written back with every default filled in. Values that only the deployment knows (tokens) pass through as they are.
 * @throws ReconcileError InvalidConfiguration with all problems at once
 */
export function environmentOf(props: TargetReconcilerProps, targetGroupArn: string): Record<string, string> {
  const texts = textsOf(props, targetGroupArn);
  const tokens = Object.entries(texts).filter(([, text]) => Token.isUnresolved(text));
  const concrete = { ...texts, ...Object.fromEntries(tokens.map(([name]) => [name, standIns[name as Name]])) };
  return { ...configToEnv(configFromEnv(concrete)), ...Object.fromEntries(tokens) };
}

/** A legal value for each variable that may be a token; it is checked in place of the token. */
const standIns: Texts = {
  DATABASE_NAME: 'stand-in',
  DATABASE_ID: 'stand-in',
  DATABASE_HOSTNAME: 'stand-in.invalid',
  DATABASE_PROXY_NAME: 'stand-in',
  DATABASE_CUSTOM_ENDPOINT: 'stand-in',
  DATABASE_ENDPOINT: 'stand-in.invalid',
  DATABASE_SECURITY_GROUPS: 'sg-00000000',
  TARGET_GROUP_ARN: 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/stand-in/0',
  TARGET_PORT: '1',
  ALLOWED_CIDRS: '10.0.0.0/8',
  DNS_SERVERS: '10.0.0.2',
  METRICS_NAMESPACE: 'stand-in',
};

function textsOf(props: TargetReconcilerProps, targetGroupArn: string): Texts {
  const { database } = props;
  return withoutAbsent({
    DATABASE_NAME: props.databaseName,
    DATABASE_KIND: database.kind,
    DATABASE_ID: database.identifier,
    DATABASE_HOSTNAME: database.hostname,
    DATABASE_PROXY_NAME: database.proxyName,
    DATABASE_ENDPOINT: database.endpoint,
    DATABASE_CUSTOM_ENDPOINT: database.customEndpoint,
    DATABASE_MEMBER: database.member ? 'true' : undefined,
    DATABASE_SECURITY_GROUPS: listText(database.securityGroupIds),
    ROLE: props.role,
    TARGET_GROUP_ARN: targetGroupArn,
    TARGET_PORT: numberText(props.targetPort ?? database.port),
    REMOVE_STALE: props.removeStale,
    ALLOWED_CIDRS: listText(allowedCidrsOf(props)),
    VERIFY_INTERFACES: verifiesInterfaces(props) ? 'true' : undefined,
    WATCH_SECONDS: secondsText(props.watch),
    SETTLE_SECONDS: secondsText(props.settle),
    RECHECK_MILLISECONDS: numberText(props.recheck?.toMilliseconds()),
    DNS_SERVERS: listText(props.dnsServers),
    OBSERVE_ONLY: props.observeOnly === undefined ? undefined : String(props.observeOnly),
    METRICS_NAMESPACE: props.metricsNamespace,
    LOG_LEVEL: props.logLevel,
  });
}

const withoutAbsent = (texts: Texts): Texts =>
  Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));

const numberText = (value?: number) => (value === undefined ? undefined : Tokenization.stringifyNumber(value));
const secondsText = (duration?: Duration) => numberText(duration && duration.toMilliseconds() / 1000);

/** An empty list means the default, as in the functions. */
function listText(items?: readonly string[]): string | undefined {
  if (!items) return undefined;
  return Token.isUnresolved(items) ? Fn.join(',', [...items]) : items.join(',');
}
