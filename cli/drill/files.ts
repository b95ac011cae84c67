import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { DrillRecord } from './record.ts';

export type Files = { readonly html: string; readonly json: string };

/** Writes the report, and the figures as JSON beside it. Without a name both go into a new temporary directory. */
export async function saveRecord(record: DrillRecord, file?: string): Promise<Files> {
  const html = resolve(file ?? join(await mkdtemp(join(tmpdir(), 'drill-')), defaultName(record)));
  const json = html.replace(/\.html?$/i, '').concat('.json');
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
