import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ec2 from '@aws-sdk/client-ec2';
import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import * as events from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as scheduler from '@aws-sdk/client-scheduler';

/* What the AWS CLI asks of a command, by the SDK's schemas: the CLI makes its options from the same models. */

type Operation = { readonly options: readonly string[]; readonly required: readonly string[] };

/** As the CLI does it (botocore's xform_name): DBInstanceIdentifier → db-instance-identifier. */
const kebab = (name: string): string =>
  name
    .replace(/(.)([A-Z][a-z]+)/g, '$1-$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();

type Structure = readonly [3, string, string, unknown, readonly string[], readonly unknown[], number?];
type OperationSchema = readonly [9, string, string, unknown, () => Structure | unknown];

const isOperation = (schema: unknown): schema is OperationSchema => Array.isArray(schema) && schema[0] === 9;

/** A structure's schema names its members, the required ones first, and ends with how many these are. */
function operationsOf(client: object): Readonly<Record<string, Operation>> {
  const schemas = Object.values(client).filter(isOperation);
  return Object.fromEntries(
    schemas.map(([, , name, , input]) => {
      const structure = input() as Structure;
      const members = Array.isArray(structure[4]) ? structure[4].map(kebab) : [];
      return [kebab(name), { options: members, required: members.slice(0, structure[6] ?? 0) }];
    }),
  );
}

const named = (required: readonly string[], ...optional: readonly string[]): Operation => ({
  required,
  options: [...required, ...optional],
});

const stack = ['stack-name'];

/** Services whose client is not installed, and what only the CLI has: by the AWS CLI's command reference. */
const others: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  'arc-zonal-shift': {
    'cancel-zonal-shift': named(['zonal-shift-id']),
    'list-zonal-shifts': named([], 'status', 'resource-identifier'),
  },
  cloudformation: {
    'cancel-update-stack': named(stack),
    'continue-update-rollback': named(stack, 'resources-to-skip'),
    'delete-stack': named(stack, 'retain-resources'),
    deploy: named(
      ['template-file', ...stack],
      's3-bucket',
      's3-prefix',
      'capabilities',
      'tags',
      'role-arn',
      'execute-changeset',
    ),
    'describe-stack-events': named(stack),
    'describe-stack-resources': named(stack, 'logical-resource-id'),
    'describe-stacks': named([], 'stack-name'),
    'update-termination-protection': named(['enable-termination-protection', 'stack-name']),
    wait: named(stack),
  },
  configure: { 'list-profiles': named([]) },
  logs: { tail: named([], 'since', 'format', 'follow', 'filter-pattern') },
  ram: {
    'accept-resource-share-invitation': named(['resource-share-invitation-arn']),
    'get-resource-share-associations': named(['association-type'], 'resource-share-arns'),
    'get-resource-share-invitations': named([]),
    'get-resource-shares': named(['resource-owner']),
  },
  resourcegroupstaggingapi: { 'get-resources': named([], 'tag-filters') },
  // Made by the CLI itself, and not by RDS's model.
  rds: { 'generate-db-auth-token': named(['hostname', 'port', 'username'], 'region') },
  s3: { cp: named([], 'recursive', 'exclude', 'include') },
  secretsmanager: {
    'create-secret': named(['name'], 'secret-string', 'description', 'kms-key-id'),
    'delete-secret': named(['secret-id'], 'recovery-window-in-days'),
    'get-random-password': named([], 'password-length', 'exclude-punctuation'),
  },
  sqs: {
    'purge-queue': named(['queue-url']),
    'receive-message': named(['queue-url'], 'attribute-names', 'message-attribute-names', 'max-number-of-messages'),
  },
  sso: { login: named([], 'sso-session') },
  'vpc-lattice': {
    'get-resource-configuration': named(['resource-configuration-identifier']),
    'list-resource-endpoint-associations': named(['resource-configuration-identifier']),
  },
};

/** Options of the CLI's own, for a rule of a single line. */
const withRule = (operations: Readonly<Record<string, Operation>>, ...names: readonly string[]) => ({
  ...operations,
  ...Object.fromEntries(
    names.map((name) => {
      const { required = [], options = [] } = operations[name] ?? {};
      return [name, { required, options: [...options, 'protocol', 'port', 'source-group', 'cidr'] }];
    }),
  ),
});

const services: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  ...others,
  cloudwatch: operationsOf(cloudwatch),
  ec2: withRule(operationsOf(ec2), 'authorize-security-group-ingress', 'authorize-security-group-egress'),
  elbv2: operationsOf(elbv2),
  events: operationsOf(events),
  lambda: operationsOf(lambda),
  logs: { ...operationsOf(logs), ...others.logs },
  rds: { ...operationsOf(rds), ...others.rds },
  scheduler: operationsOf(scheduler),
};

/** What every command takes. */
const global = [
  'cli-binary-format',
  'endpoint-url',
  'max-items',
  'no-cli-pager',
  'output',
  'profile',
  'query',
  'region',
];

/** A name without an option, after the operation: a file for what `invoke` gives, a log group for `tail`. */
const positional: Readonly<Record<string, string>> = { 'lambda invoke': 'a file', 'logs tail': 'a log group' };

export type AwsCommand = {
  readonly service: string;
  readonly operation: string;
  readonly options: readonly string[];
  /** Words that belong to no option. */
  readonly words: readonly string[];
};

/** What the CLI would say of it; nothing when it can be typed as it stands. */
export function problemsOf({ service, operation, options, words }: AwsCommand): readonly string[] {
  const known = services[service];
  if (!known) return [`there is no service ${service} (or it belongs into the table of ${import.meta.filename})`];
  const found = known[operation];
  if (!found) return [`${service} has no ${operation} (or it belongs into the table of ${import.meta.filename})`];
  const given = options.map((option) => (found.options.includes(option) ? option : option.replace(/^no-/, '')));
  const argument = positional[`${service} ${operation}`];
  return [
    ...found.required.filter((option) => !given.includes(option)).map((option) => `--${option} is missing`),
    ...given
      .filter(
        (option) => !found.options.includes(option) && !global.includes(option) && !global.includes(`no-${option}`),
      )
      .map((option) => `--${option} is no option`),
    ...(argument && words.length === 0 ? [`${argument} is missing`] : []),
  ];
}

/** The commands in a piece of a script or of prose: each ends with its line, at `|`, `;`, a comment or a bracket that it did not open. */
export function commandsIn(text: string): readonly AwsCommand[] {
  const joined = text.replace(/\\\n\s*/g, ' ');
  return [
    ...joined.matchAll(/(?<![\w./-])aws (?:--\S+ \S+ )*(?!and |or )([a-z][a-z0-9-]+) ([a-z][a-z0-9-]+)(?![\w:])/g),
  ].map((found) => {
    const [, service = '', operation = ''] = found;
    return { service, operation, ...argumentsIn(joined.slice(found.index + found[0].length)) };
  });
}

function argumentsIn(rest: string): Pick<AwsCommand, 'options' | 'words'> {
  const options: string[] = [];
  const words: string[] = [];
  // Quoted text is one word, whatever is in it.
  for (const [token] of rest.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\$\{[^}]*\}|\$\([^)]*\)|[^\s"'|;)#])+|[\n|;)#]/g)) {
    if (/^[\n|;)#]$/.test(token)) break;
    if (token.startsWith('--')) options.push(token.slice(2).replace(/[.,:]$/, ''));
    else if (options.length === 0 || /^\//.test(token)) words.push(token);
    // The end of a sentence.
    if (/[.,:]$/.test(token)) break;
  }
  return { options, words };
}
