import { stackNameOf } from '../../infra/config/database-entry.ts';
import { type CheckName, catalogue } from '../../lib/doctor/catalogue.ts';
import type { Check } from '../../lib/domain.ts';
import { keyOf, variableNames } from '../../lib/settings/rows.ts';
import type { Name } from '../../lib/settings/table.ts';
import type { Selection } from '../access/select.ts';

const variable = new RegExp(`\\b(${variableNames.filter(keyOf).join('|')})\\b`, 'g');

/** Replaces the functions' variables and payloads in a text with the keys of the file and the commands. */
export const fileWords = (text: string, { name, entry }: Pick<Selection, 'name' | 'entry'>): string =>
  text
    // The file has no word for it.
    .replace(/\bPROBE=off\b/g, 'leave "probe" out and deploy')
    .replace(variable, (found) => keyOf(found as Name) ?? found)
    .replace(/\bInvoke (?=\{"action")/g, 'Run ')
    .replace(/\{"action":"(\w+)"\}/g, `rds-target $1${entry ? ` ${name}` : ''}`)
    .replace(/"vpc\.subnets"/g, (found) =>
      entry?.endpointService?.shared ? `${found} of "${entry.endpointService.shared}" in "loadBalancers"` : found,
    )
    .replace(/\bcdk deploy STACK\b/g, entry ? `cdk deploy ${stackNameOf(entry)}` : 'cdk deploy STACK');

/** A function that is older than this command may lack the failure's text. */
export function inFileWords(check: Check, selection: Pick<Selection, 'name' | 'entry'>): Check {
  const { failure = catalogue[check.check as CheckName]?.failure, remedy, ...rest } = check;
  const isFailed = check.result === 'failed';
  return {
    ...rest,
    detail: fileWords(check.detail, selection),
    ...(isFailed && failure ? { failure: fileWords(failure, selection) } : {}),
    ...(remedy ? { remedy: fileWords(remedy, selection) } : {}),
  };
}

/** The runbook's URL from the file, or its path in the repository. */
export const runbookOf = ({ entry }: Pick<Selection, 'entry'>): string =>
  entry?.alarms?.runbookUrl ?? 'docs/runbook.md';
