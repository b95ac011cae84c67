import type { Database } from '../../lib/domain.ts';
import { catalogue, eventId, proxyWords } from '../../lib/events.ts';

/* Without CDK: the sandbox has the same rule. */

/** What EventBridge takes as an event pattern; the type of CDK does not know `$or`. */
export type EventPattern = { readonly [field: string]: unknown };

const types = {
  instance: 'RDS DB Instance Event',
  cluster: 'RDS DB Cluster Event',
  blueGreen: 'RDS Blue Green Deployment Event',
  proxy: 'RDS DB Proxy Event',
} as const;
type Type = (typeof types)[keyof typeof types];

/** The database, with its identifiers in lower case, as in ARNs and events. */
type Followed = Pick<Database, 'kind' | 'hostname' | 'proxyName' | 'memberPrefix'> & { readonly identifier?: string };

/** What a deployment makes of names. Some are tokens until then. */
export type Names = {
  /** The ARN of the database itself, as a DB instance or a DB cluster. */
  ownArn(resource: 'db' | 'cluster'): string;
  arn(resource: 'db' | 'db-proxy', name: string): string;
  isToken(text: string): boolean;
  /** In characters, once the tokens in it are known. */
  lengthOf(text: string): number;
};

/** One way in which an event can concern the database. */
type Alternative = { readonly types: readonly Type[]; readonly filter?: EventPattern };

/** What a field has to be: a text, or something that it has to fit. */
type Wanted = string | EventPattern;

/**
 * The pattern of the one rule that wakes the failover function; undefined where no event concerns the database. One rule, because a bus
 * takes 300 of them, and in some Regions 100.
 */
export function eventPattern(database: Followed, names: Names): EventPattern | undefined {
  const alternatives = alternativesFor(database, names);
  if (alternatives.length === 0) return undefined;
  const anyEvent = {
    source: ['aws.rds'],
    $or: alternatives.map(({ types: detailTypes, filter }) => ({ 'detail-type': detailTypes, ...filter })),
  };
  // An id belongs to one type of event, so that one list serves all alternatives.
  const pattern = { ...anyEvent, detail: { EventID: idsOf(alternatives.flatMap((one) => one.types)) } };
  // Only with several names of full length. The function ignores the events that do not matter.
  return names.lengthOf(JSON.stringify(pattern)) > maxSize ? anyEvent : pattern;
}

/** Of a pattern, in characters; a quota that can be raised. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const maxSize = 2048;

function alternativesFor(database: Followed, names: Names): readonly Alternative[] {
  const { instance, cluster } = types;
  const own = spellings(database.identifier);
  switch (database.kind) {
    case 'instance':
      return [...named([instance], [names.ownArn('db')], own), ...switchovers(database)];
    case 'cluster':
      return [
        ...named([cluster], [names.ownArn('cluster')], own),
        ...members(database, names),
        ...switchovers(database),
      ];
    case 'hostname':
      return [
        ...(database.identifier
          ? [
              ...named([instance, cluster], [names.ownArn('db'), names.ownArn('cluster')], own),
              ...switchovers(database),
            ]
          : []),
        ...proxyAlternatives(database, names),
      ];
  }
}

/** Members come and go, so no pattern can name them. The function asks the topology whether an instance is one. */
function members({ memberPrefix }: Followed, names: Names): Alternative[] {
  if (memberPrefix === undefined) return [{ types: [types.instance] }];
  const arn = prefix(names.arn('db', memberPrefix));
  return named([types.instance], [arn], spellings(memberPrefix).map(prefix));
}

/**
 * The resource of a blue/green event is the deployment, and its message names the database ("Switchover from primary orders to
 * orders-green-1a2b3c started."). 0248 and 0249, about the deployment as a whole, name none: 0251 and 0260, 0252 and 0261 say the same.
 */
const switchovers = ({ identifier }: Followed): Alternative[] =>
  identifier === undefined
    ? []
    : [{ types: [types.blueGreen], filter: { detail: { Message: [{ wildcard: `* ${identifier} *` }] } } }];

/** AWS's samples name the subject by its ARN, by an ARN with a resource id beside the identifier, or with a prefix. */
const named = (detailTypes: readonly Type[], arns: readonly Wanted[], names: readonly Wanted[]): Alternative[] => [
  { types: detailTypes, filter: { resources: arns } },
  { types: detailTypes, filter: { detail: { SourceIdentifier: names } } },
];

const spellings = (name: string | undefined): string[] => (name ? [name, `rds:${name}`] : []);

/** An event of a proxy's endpoint can name the proxy only in its message ("… of DB Proxy checkout."). */
function proxyAlternatives(database: Followed, names: Names): Alternative[] {
  const words = wordsOf(database, names);
  if (words.length === 0) return [];
  const arns = words.map((word) => names.arn('db-proxy', word));
  return [
    ...named([types.proxy], arns, words.flatMap(spellings)),
    { types: [types.proxy], filter: { detail: { Message: words.flatMap(inMessage) } } },
  ];
}

function wordsOf(database: Followed, { isToken }: Names): readonly string[] {
  const { proxyName } = database;
  if (proxyName !== undefined && isToken(proxyName)) return [proxyName];
  return [...new Set([...(proxyName ? [proxyName] : []), ...proxyWords(database)])];
}

/**
 * At the end of a message, or inside. EventBridge refuses a rule whose wildcards are "too complex": each one more counts thrice, and about
 * ten are admitted, so that two words have room for one each. https://github.com/aws/event-ruler#wildcard-matching
 */
const inMessage = (word: string): EventPattern[] => [
  { suffix: ` ${word}.` },
  { suffix: ` ${word}` },
  { wildcard: `* ${word} *` },
];

const prefix = (text: string): EventPattern => ({ prefix: text });

const idsOf = (detailTypes: readonly Type[]): string[] =>
  [...new Set(detailTypes)]
    .flatMap((type) => Object.values(catalogue[type] ?? {}).flat())
    .sort((a, b) => a - b)
    .map(eventId);
