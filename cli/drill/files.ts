import { join, resolve } from 'node:path';
import { visible } from '../../lib/visible.ts';
import { isFile, makeFolderOf, put, temporaryFolder, textOf } from '../page/file.ts';
import { CliError, UsageError } from '../terminal/errors.ts';
import { jsonLines } from '../terminal/text.ts';
import type { DrillRecord } from './record.ts';

/* A report is an HTML page with a JSON record next to it. They replace only those of an earlier drill, and follow no link. */

export type Files = { readonly html: string; readonly json: string };

const filesOf = (file: string): Files => {
  const html = resolve(file);
  return { html, json: html.replace(/\.html?$/i, '').concat('.json') };
};

const cannot = (file: string, error: unknown): string =>
  `the report cannot be written to ${file} (${error instanceof Error ? error.message : String(error)})`;

/**
 * Makes sure before the failover that the report can be written: it is the purpose of the outage.
 * @throws UsageError
 */
export async function checkReportFile(file: string): Promise<void> {
  const files = filesOf(file);
  try {
    if (/\.json$/i.test(file)) throw new Error('the JSON record takes that name: name the HTML page');
    await makeFolderOf(files.html);
    await earlier(files);
  } catch (error) {
    throw new UsageError(cannot(file, error), 'name another file with --report');
  }
}

/** The report's file, in a new temporary directory where none is named. */
export const namedOrTemporary = async (record: DrillRecord, file?: string): Promise<string> =>
  resolve(file ?? join(await temporaryFolder('drill-'), defaultName(record)));

/** Writes the report, and the record as JSON next to it. The results have been printed before, should the disk be full by now. */
export async function saveRecord(record: DrillRecord, file: string): Promise<Files> {
  const files = filesOf(file);
  try {
    await makeFolderOf(files.html);
    const isThere = await earlier(files);
    await put(files.json, `${jsonLines(record, 1).map(visible).join('\n')}\n`, isThere.json);
    // The plotting library takes a second to load, and most commands do not draw.
    const { reportHtml } = await import('./report/page.ts');
    await put(files.html, reportHtml(record), isThere.html);
    return files;
  } catch (error) {
    throw new CliError(
      cannot(files.html, error),
      'the results are printed above; give the next drill another --report',
    );
  }
}

/** Which files of an earlier drill exist. Throws where other files stand in their place. */
async function earlier({ html, json }: Files): Promise<Readonly<Record<keyof Files, boolean>>> {
  const found = { html: await isFile(html), json: await isFile(json) };
  if (found.json && !(await isRecord(json))) throw new Error(`${json} is no record of a drill`);
  if (found.html && !found.json) throw new Error(`${html} exists without the record of a drill next to it`);
  return found;
}

async function isRecord(path: string): Promise<boolean> {
  const text = await textOf(path);
  try {
    const { version, database, timeline, probes } = JSON.parse(text) ?? {};
    return version === 1 && Boolean(database?.name) && Array.isArray(timeline) && Array.isArray(probes);
  } catch {
    return false;
  }
}

/** `drill-orders-2026-11-21T11-30-00.html`: no path separator, and no colon, which some file systems reject. */
export const defaultName = ({ database, startedAt }: Pick<DrillRecord, 'database' | 'startedAt'>): string =>
  `drill-${database.name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 100)}-${new Date(startedAt).toISOString().slice(0, 19).replaceAll(':', '-')}.html`;
