import { UsageError } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import type { CommonOptions } from '../terminal/options.ts';
import {
  byEntry,
  configurationIn,
  defaultFile,
  hasFunctions,
  isPattern,
  patternOf,
  type Selection,
  unknownDatabase,
} from './select.ts';

/** Whether the command line means several databases: `--all`, or a name with `*` or `?`. */
export const isMany = (name: string | undefined, { all }: CommonOptions): boolean =>
  all === true || (name !== undefined && isPattern(name));

/**
 * Finds the databases that `--all` or a pattern means. A resource gateway has no functions to ask: such databases are only named.
 * @throws UsageError
 */
export function selectMany(
  io: Pick<Io, 'env'>,
  name: string | undefined,
  options: CommonOptions,
): { readonly selections: readonly Selection[]; readonly leftOut: readonly string[] } {
  refuseBoth(name, options);
  const file = options.databases ?? defaultFile;
  const found = matching(name, configurationIn(file), file);
  const asked = found.filter(hasFunctions);
  const leftOut = found.filter((entry) => !hasFunctions(entry)).map((entry) => entry.name);
  if (asked.length === 0)
    throw new UsageError(
      `${file} gives ${leftOut.join(', ')} "access": "resource-gateway", so there are no functions to ask`,
      `test them from the consumer's network with connect-check.`,
    );
  return { selections: asked.map((entry) => byEntry(io, entry, options)), leftOut };
}

/** @throws UsageError where the command line says twice which databases it means */
export function refuseBoth(name: string | undefined, { all, function: functionName }: CommonOptions): void {
  const given = name === undefined ? '--all' : `a pattern ("${name}")`;
  if (all && name !== undefined) throw new UsageError(`give a database ("${name}") or --all, not both`);
  if (functionName !== undefined) throw new UsageError(`give ${given} or --function ("${functionName}"), not both`);
}

/**
 * What `--all` (no pattern) or the pattern means.
 * @throws UsageError where nothing matches
 */
export function matching<T extends { readonly name: string }>(
  pattern: string | undefined,
  all: { readonly databases: readonly T[]; readonly loadBalancers: readonly { readonly name: string }[] },
  where: string,
): readonly T[] {
  if (pattern === undefined) return all.databases;
  const found = all.databases.filter(({ name }) => patternOf(pattern).test(name));
  if (found.length > 0) return found;
  throw unknownDatabase(pattern, all, where);
}
