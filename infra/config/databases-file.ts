import { existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { withEntries } from './added-entries.ts';
import { configurationFrom, type DatabaseEntry, databasesFrom, type LoadBalancerEntry } from './databases.ts';
import { type Content, contentOf, NotJson } from './json.ts';
import { ConfigurationError } from './problems.ts';
import { textOf } from './read.ts';
import { at } from './values.ts';

/** The entries, and where each value stands. */
export type DatabasesText = {
  readonly entries: readonly DatabaseEntry[];
  readonly loadBalancers: readonly LoadBalancerEntry[];
  /** Where the list is: a path for messages begins so. */
  readonly base: readonly string[];
  readonly content: Pick<Content, 'value' | 'placeOf'>;
};

/** databases.json as a command found it, and as it may write it. */
export type DatabasesFile = DatabasesText & {
  readonly isNew: boolean;
  /**
   * The text with these entries behind the others.
   * @throws ConfigurationError with everything that would be wrong with it
   */
  with(entries: readonly object[]): string;
  /**
   * Writes a text in one step: the file is the old one or the new one, never half of it.
   * @throws ConfigurationError when another program has changed the file since it was read
   */
  write(text: string): void;
};

const schemaName = 'databases.schema.json';

/**
 * Reads the file; one that does not exist, or that lists nothing, has no entries.
 * @throws ConfigurationError with everything that is wrong with it
 */
export function openDatabases(file: string): DatabasesFile {
  const isNew = !existsSync(file);
  const found = isNew ? undefined : textOf(file);
  const mark = found?.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text =
    found?.slice(mark.length) ?? `{\n  "$schema": ${JSON.stringify(schemaOf(file))},\n  "databases": []\n}\n`;
  return {
    isNew,
    ...databasesIn(text, file),
    with(added) {
      const after = withEntries(text, 'databases', added);
      databasesFrom(after, file);
      return after;
    },
    write(after) {
      if ((existsSync(file) ? textOf(file) : undefined) !== found)
        throw new ConfigurationError(file, [
          'another program has changed it meanwhile; nothing was written, try again',
        ]);
      replace(file, mark + after);
    },
  };
}

/**
 * The same of a text; one that lists nothing has no entries.
 * @throws ConfigurationError
 */
export function databasesIn(text: string, file: string): DatabasesText {
  const { databases, loadBalancers } = isEmptyList(text)
    ? { databases: [], loadBalancers: [] }
    : configurationFrom(text, file);
  const content = contentOf(text);
  return { entries: databases, loadBalancers, content, base: Array.isArray(content.value) ? [] : ['databases'] };
}

/** A list without entries is no mistake where one is about to be added. */
function isEmptyList(text: string): boolean {
  try {
    const { value } = contentOf(text);
    const list = Array.isArray(value) ? value : at(value, ['databases']);
    return Array.isArray(list) && list.length === 0;
  } catch (error) {
    if (error instanceof NotJson) return false;
    throw error;
  }
}

/** Beside the file, in a directory around it, or in the package. */
function schemaOf(file: string): string {
  const start = dirname(resolve(file));
  const above = start.split(sep).map((_, index, parts) => parts.slice(0, parts.length - index).join(sep) || sep);
  const found = above
    .flatMap((folder) => [join(folder, schemaName), join(folder, 'node_modules', 'rds-target-reconciler', schemaName)])
    .find((path) => existsSync(path));
  const path = found ? relative(start, found).split(sep).join('/') : schemaName;
  return path.startsWith('.') ? path : `./${path}`;
}

function replace(file: string, text: string): void {
  if (!existsSync(file)) {
    writeFileSync(file, text, { flag: 'wx' });
    return;
  }
  // Through a link, so that the link stays one.
  const target = realpathSync(file);
  const isUtf16 = readFileSync(target)
    .subarray(0, 2)
    .equals(Buffer.from([0xff, 0xfe]));
  const beside = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text, { flag: 'wx', encoding: isUtf16 ? 'utf16le' : 'utf8', mode: statSync(target).mode });
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
