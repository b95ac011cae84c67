import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export type Text = { readonly file: string; readonly content: string };

const read = (file: string): Text => ({ file, content: readFileSync(join(root, file), 'utf8') });

function under(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => ending.test(file) && !file.includes('node_modules'))
    .map((file) => join(folder, file))
    .sort();
}

/** README, CONTRIBUTING and everything in docs. */
export const pages: readonly Text[] = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...under('docs', /\.md$/),
].map(read);

/** What holds the messages, alarm texts and remedies. */
export const sources: readonly Text[] = [
  ...['bench', 'cli', 'functions', 'infra', 'lib', 'sandbox', 'scripts'].flatMap((folder) =>
    under(folder, /\.m?[jt]s$/),
  ),
  ...['package.json', 'databases.schema.json', 'consumers.schema.json'],
  ...under('examples', /\.json$/),
].map(read);
