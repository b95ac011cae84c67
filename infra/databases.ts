import { readFileSync } from 'node:fs';
import { problemsBetween, problemsWithin } from './databases/checks.ts';
import { ConfigurationError, type Problem, problemsFrom, problemText } from './databases/problems.ts';
import { type DatabaseEntry, fileSchema, listSchema } from './databases/schema.ts';

export { ConfigurationError } from './databases/problems.ts';
export type { DatabaseEntry } from './databases/schema.ts';

/**
 * Reads the configuration file.
 * @throws ConfigurationError with everything that is wrong with it
 */
export function readDatabases(file: string): readonly DatabaseEntry[] {
  return databasesFrom(contentOf(file), file);
}

export function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError(file, [
      `it cannot be read (${error instanceof Error ? error.message : String(error)}); allowed: a file as docs/deploy.md describes, named by -c databases=FILE or -c consumers=FILE`,
    ]);
  }
}

/**
 * The databases that the text of a configuration file lists: a list, or `{"databases": [...]}`.
 * @throws ConfigurationError with everything that is wrong with it: path, value and what is allowed
 */
export function databasesFrom(text: string, file: string): readonly DatabaseEntry[] {
  const content = jsonFrom(text, file);
  const isList = Array.isArray(content);
  const parsed = isList
    ? listSchema.safeParse(content, { reportInput: true })
    : fileSchema.safeParse(content, { reportInput: true });
  const problems = [...(parsed.error ? problemsFrom(parsed.error) : []), ...crossProblems(content)];
  if (problems.length > 0 || !parsed.success) throw new ConfigurationError(file, problems.map(problemText));
  return 'databases' in parsed.data ? parsed.data.databases : parsed.data;
}

export function jsonFrom(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigurationError(file, [`it is not JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function crossProblems(content: unknown): Problem[] {
  const isList = Array.isArray(content);
  const entries: unknown = isList ? content : (content as { databases?: unknown } | null)?.databases;
  if (!Array.isArray(entries)) return [];
  const base = isList ? [] : ['databases'];
  const within = entries.flatMap((entry: unknown, index) =>
    problemsWithin(entry).map((problem) => ({ ...problem, path: [index, ...problem.path] })),
  );
  return [...problemsBetween(entries), ...within].map((problem) => ({ ...problem, path: [...base, ...problem.path] }));
}
