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

type Middleware = {
  readonly middlewareStack: {
    add(
      middleware: (
        next: (args: { input: unknown }) => Promise<{ output: object }>,
        context: { clientName?: string; commandName?: string },
      ) => (args: { input: unknown }) => Promise<{ output: object }>,
      options: { readonly step: 'initialize'; readonly name: string; readonly override: boolean },
    ): void;
  };
};

/** Keeps the different replies of every describing call of these clients from now on. */
export function recordReplies(clients: Clients, replies: RecordedReply[]): void {
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  for (const client of [clients.rds(), clients.elbv2(), clients.ec2()] as unknown as Middleware[])
    client.middlewareStack.add(
      (next, { clientName = '', commandName = '' }) =>
        async (args) => {
          const result = await next(args);
          const { $metadata: _, ...output } = result.output as { $metadata?: unknown };
          const action = commandName.replace(/Command$/, '');
          const text = JSON.stringify([action, output]);
          const count = counts.get(action) ?? 0;
          if (action.startsWith('Describe') && count < mostOfAction && !seen.has(text)) {
            seen.add(text);
            counts.set(action, count + 1);
            replies.push({ service: clientName.replace(/Client$/, ''), action, input: args.input, output });
          }
          return result;
        },
      { step: 'initialize', name: 'labRecorder', override: true },
    );
}

/** The numbers and names of the sandbox, so that its tests read a fixture unchanged. */
const account = '123456789012';

/** Replaces account numbers, identifiers and the names of the lab, the same one by the same one everywhere. Addresses in the lab's own VPC stay. */
export function withoutNames(
  fixtures: Fixtures,
  { instance, cluster }: Pick<LabOutputs, 'instance' | 'cluster'>,
): Fixtures {
  const known = new Map<string, string>();
  const numbered = (text: string, make: (number: string) => string): string => {
    const found = known.get(text) ?? make(String(known.size + 1));
    known.set(text, found);
    return found;
  };
  const replaced = JSON.stringify(fixtures, (key, value) =>
    /^(Tags|TagList|TagSet|tags)$/.test(key) ? undefined : value,
  )
    // Before the identifiers, whose own digits may look like one.
    .replace(/(?<![0-9.])\d{12}(?![0-9])/g, account)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (one) =>
      numbered(one, (number) => `00000000-0000-4000-8000-${number.padStart(12, '0')}`),
    )
    .replace(/\b(db|cluster)-[A-Z0-9]{26}\b/g, (one, kind) =>
      numbered(one, (number) => `${kind}-${number.padStart(26, 'A')}`),
    )
    .replace(
      /\b(eni|sg|sgr|subnet|vpc|vpce|vpce-svc|i|rtb|acl|eipalloc|eni-attach|rgw|rcfg)-[0-9a-f]{8,17}\b/g,
      (one, kind) => numbered(one, (number) => `${kind}-${number.padStart(17, '0')}`),
    )
    .replace(/(?<=[/-])[0-9a-f]{16}\b/g, (one) => numbered(one, (number) => number.padStart(16, '0')))
    .replace(
      /\.(cluster-(?:ro-|custom-)?)?c[a-z0-9]{8,}\.([a-z0-9-]+\.rds\.)/g,
      (_, kind = '', rest) => `.${kind}c1example.${rest}`,
    )
    .replaceAll(instance.id, 'orders')
    .replaceAll(cluster.id, 'orders');
  return JSON.parse(replaced);
}
