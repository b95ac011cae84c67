import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import type { DrillRecord } from './record.ts';

export type Files = { readonly html: string; readonly json: string };

const jsonBeside = (html: string): string => html.replace(/\.html?$/i, '').concat('.json');

/**
 * Makes sure that the report can be written before anything is failed over: it is what the outage is for.
 * @throws UsageError
 */
export async function checkReportFile(file: string): Promise<void> {
  const html = resolve(file);
  try {
    await mkdir(dirname(html), { recursive: true });
    await access(dirname(html), constants.W_OK);
    for (const one of [html, jsonBeside(html)]) {
      const found = await stat(one).catch(() => undefined);
      if (found?.isDirectory()) throw new Error(`${one} is a directory`);
      if (found) await access(one, constants.W_OK);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the report cannot be written to ${file} (${why})`, `name another file with --report`);
  }
}

/** Writes the report, and the figures as JSON beside it. Without a name both go into a new temporary directory. */
export async function saveRecord(record: DrillRecord, file?: string): Promise<Files> {
  const html = resolve(file ?? join(await mkdtemp(join(tmpdir(), 'drill-')), defaultName(record)));
  const json = jsonBeside(html);
  await mkdir(dirname(html), { recursive: true });
  await writeFile(json, `${JSON.stringify(record, null, 1)}\n`);
  // The plotting library takes a second to load, and most commands do not draw.
  const { reportHtml } = await import('../report/page.ts');
  await writeFile(html, reportHtml(record));
  return { html, json };
}

/** `drill-orders-2026-11-21T11-30-00.html`: no colon, which some file systems do not take. */
export const defaultName = ({ database, startedAt }: DrillRecord): string =>
  `drill-${database.name}-${new Date(startedAt).toISOString().slice(0, 19).replaceAll(':', '-')}.html`;
