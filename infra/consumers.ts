import { consumerProblems } from './consumers/checks.ts';
import { type ConsumerEntry, consumersSchema } from './consumers/schema.ts';
import { ConfigurationError, problemsFrom, problemText } from './databases/problems.ts';
import { contentOf, jsonFrom } from './databases.ts';

export type { ConsumerEntry } from './consumers/schema.ts';

/**
 * Reads the consumers' configuration file.
 * @throws ConfigurationError with everything that is wrong with it
 */
export const readConsumers = (file: string): readonly ConsumerEntry[] => consumersFrom(contentOf(file), file);

/**
 * The consumers that the text of a configuration file lists: `{"consumers": [...]}`.
 * @throws ConfigurationError with everything that is wrong with it: path, value and what is allowed
 */
export function consumersFrom(text: string, file: string): readonly ConsumerEntry[] {
  const content = jsonFrom(text, file);
  const parsed = consumersSchema.safeParse(content, { reportInput: true });
  const entries: unknown = (content as { consumers?: unknown } | null)?.consumers;
  const between = Array.isArray(entries) ? consumerProblems(entries) : [];
  const problems = [
    ...(parsed.error ? problemsFrom(parsed.error) : []),
    ...between.map((problem) => ({ ...problem, path: ['consumers', ...problem.path] })),
  ];
  if (problems.length > 0 || !parsed.success) throw new ConfigurationError(file, problems.map(problemText));
  return parsed.data.consumers;
}
