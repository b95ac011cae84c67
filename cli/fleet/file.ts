import { resolve } from 'node:path';
import { isFile, makeFolderOf, put, textOf } from '../page/file.ts';
import { CliError, UsageError } from '../terminal/errors.ts';
import { isFleetPage } from './page.ts';

/**
 * Makes sure, before a hundred databases are asked, that the page can be written.
 * @throws UsageError
 */
export async function checkPageFile(file: string): Promise<void> {
  try {
    await makeFolderOf(resolve(file));
    await isEarlierPage(resolve(file));
  } catch (error) {
    throw new UsageError(cannot(file, error), 'name another file with --html');
  }
}

/** Writes the page, over one of an earlier run. Returns where it is. */
export async function savePage(file: string, html: string): Promise<string> {
  const path = resolve(file);
  try {
    await put(path, html, await isEarlierPage(path));
    return path;
  } catch (error) {
    throw new CliError(cannot(file, error), 'the table is printed above; name another file with --html');
  }
}

/** @throws Error where another file has that name */
async function isEarlierPage(path: string): Promise<boolean> {
  const isThere = await isFile(path);
  if (isThere && !isFleetPage(await textOf(path))) throw new Error(`${path} is no page of rds-target fleet`);
  return isThere;
}

const cannot = (file: string, error: unknown): string =>
  `--html is "${file}", and the page cannot be written there (${error instanceof Error ? error.message : String(error)})`;
