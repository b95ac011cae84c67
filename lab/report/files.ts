import { versions } from '../../cli/drill/settings.ts';
import { isFile, makeFolderOf, put, textOf } from '../../cli/page/file.ts';
import { generatorOf } from '../../cli/page/html.ts';
import { UsageError } from '../../cli/terminal/errors.ts';
import { jsonLines } from '../../cli/terminal/text.ts';
import type { Experiment } from '../experiments/experiment.ts';
import type { LabState } from '../state.ts';
import { type LabReport, labHtml } from './page.ts';
import { resultOf } from './statistics.ts';

export type Files = { readonly html: string; readonly json: string; readonly fixtures: string };

export const filesOf = (html: string): Files => ({
  html,
  json: html.replace(/\.html?$/i, '').concat('.json'),
  fixtures: html.replace(/\.html?$/i, '').concat('.fixtures.json'),
});

export function reportOf(state: LabState, experiments: readonly Experiment[]): LabReport {
  const { fixtures: _, ...rest } = state;
  return {
    version: 1,
    state: rest,
    results: experiments.map((one) => resultOf(one, state)),
    settings: [
      { name: 'where', value: state.place ? `sandbox, ${state.speed} times faster than AWS` : `AWS, ${state.region}` },
      { name: 'experiments', value: state.experiments.join(', ') },
      { name: 'ends at the latest after', value: `${state.maxHours} h` },
    ],
    versions: versions(),
  };
}

/**
 * Makes sure beforehand that the report can be written: it replaces only one of an earlier lab.
 * @throws UsageError
 */
export async function checkFiles({ html, ...others }: Files): Promise<void> {
  try {
    await makeFolderOf(html);
    const isThere = await isFile(html);
    const text = isThere ? await textOf(html) : '';
    // Empty: its process was killed.
    if (text !== '' && !text.slice(0, 1000).includes(generatorOf('lab'))) throw new Error('it is no report of a lab');
    for (const file of Object.values(others))
      if (!isThere && (await isFile(file))) throw new Error(`${file} exists without the report of a lab next to it`);
  } catch (error) {
    throw new UsageError(
      `the report cannot be written to ${html} (${error instanceof Error ? error.message : error})`,
      'name another file with --report',
    );
  }
}

/** The page first: it shows whose the other files are, wherever this process is killed. */
export async function saveReport(report: LabReport, fixtures: unknown, { html, json, fixtures: raw }: Files) {
  for (const [path, text] of [
    [html, labHtml(report)],
    [json, `${jsonLines(report, 1).join('\n')}\n`],
    [raw, `${jsonLines(fixtures ?? {}, 1).join('\n')}\n`],
  ] as const)
    await put(path, text, await isFile(path));
}
