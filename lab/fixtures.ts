import type { RDSClient } from '@aws-sdk/client-rds';
import type { Clients } from '../cli/access/clients.ts';
import type { LabOutputs } from './contract.ts';

/** One reply of an API, as an SDK client has it. */
export type RecordedReply = {
  readonly service: string;
  readonly action: string;
  readonly input: unknown;
  readonly output: unknown;
};

/** What users may send: the words of AWS, with other names in them. `events` are as EventBridge delivers them. */
export type Fixtures = { readonly events: readonly unknown[]; readonly replies: readonly RecordedReply[] };

/** Different replies of one action. */
const mostOfAction = 20;

/** Keeps the different replies of every describing call of these clients from now on. */
export function recordReplies(clients: Clients, replies: RecordedReply[]): void {
  const seen = new Map<string, Set<string>>();
  // The SDK's own types differ from client to client.
  for (const client of [clients.rds(), clients.elbv2(), clients.ec2()] as RDSClient[])
    client.middlewareStack.add(
      (next, { clientName = '', commandName = '' }) =>
        async (args) => {
          const result = await next(args);
          const { $metadata: _, ...output } = result.output;
          const action = commandName.replace(/Command$/, '');
          const known = seen.get(action) ?? new Set();
          const text = JSON.stringify(output);
          if (action.startsWith('Describe') && known.size < mostOfAction && !known.has(text)) {
            seen.set(action, known.add(text));
            replies.push({ service: clientName.replace(/Client$/, ''), action, input: args.input, output });
          }
          return result;
        },
      { step: 'initialize', name: 'labRecorder', override: true },
    );
}

/** The numbers and names of the sandbox, so that its tests read a fixture unchanged. */
const account = '123456789012';

/** What names a thing, and what stands there instead: a number that is the same wherever that thing is named. */
const identifiers: readonly [RegExp, (number: string, kind: string) => string][] = [
  [
    /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
    (number) => `00000000-0000-4000-8000-${number.padStart(12, '0')}`,
  ],
  [/\b(db|cluster)-[A-Z0-9]{26}\b/g, (number, kind) => `${kind}-${number.padStart(26, 'A')}`],
  [
    /\b(eni|sg|sgr|subnet|vpc|vpce|vpce-svc|i|rtb|acl|eipalloc|eni-attach|rgw|rcfg)-[0-9a-f]{8,17}\b/g,
    (number, kind) => `${kind}-${number.padStart(17, '0')}`,
  ],
  [/(?<=[/-])[0-9a-f]{16}\b/g, (number) => number.padStart(16, '0')],
];

/** Replaces account numbers, identifiers and the names of the lab. Addresses in the lab's own VPC stay. */
export function withoutNames(
  fixtures: Fixtures,
  { instance, cluster }: Pick<LabOutputs, 'instance' | 'cluster'>,
): Fixtures {
  const known = new Map<string, number>();
  const numberOf = (one: string): string => {
    known.set(one, known.get(one) ?? known.size + 1);
    return String(known.get(one));
  };
  const tags = /^(Tags|TagList|TagSet|tags)$/;
  // Before the identifiers, whose own digits may look like one.
  let text = JSON.stringify(fixtures, (key, value) => (tags.test(key) ? undefined : value)).replace(
    /(?<![0-9.])\d{12}(?![0-9])/g,
    account,
  );
  for (const [pattern, named] of identifiers)
    text = text.replace(pattern, (one, kind) => named(numberOf(one), String(kind)));
  return JSON.parse(
    text
      .replace(/\.(cluster-(?:ro-|custom-)?)?c[a-z0-9]{8,}\.([a-z0-9-]+\.rds\.)/g, '.$1c1example.$2')
      .replaceAll(instance.id, 'orders')
      .replaceAll(cluster.id, 'orders'),
  );
}
