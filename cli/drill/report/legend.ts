import type { DrillRecord } from '../record.ts';
import { escaped } from './html.ts';
import { lanesOf } from './lanes.ts';
import { swatch } from './patterns.ts';

const words = (record: DrillRecord): Readonly<Record<string, string>> => ({
  old: 'the writer before',
  new: 'the writer after',
  flap: 'the two in turn',
  none: 'no writer, or no answer',
  busy: 'not available',
  healthy: 'healthy',
  initial: 'initial',
  unhealthy: 'unhealthy',
  draining: 'draining',
  'run-changed': 'a run that changed the group',
  'run-quiet': 'a run that found it right',
  'run-held': 'a run that held or waited',
  'run-failed': 'a run that failed',
  failed: record.probe === 'tcp' ? 'attempts that failed, downwards' : 'writes that failed, downwards',
});

/** Only what is in the picture. */
export function legend(record: DrillRecord): string {
  const used = new Set<string>(['failed']);
  for (const lane of lanesOf(record)) {
    if (lane.kind === 'spans') for (const { tone } of lane.spans) used.add(tone);
    if (lane.kind === 'items') for (const { tone } of lane.items) used.add(`run-${tone}`);
  }
  const entries = Object.entries(words(record)).filter(([tone]) => used.has(tone));
  const marks = [
    ...(used.has('run-event') ? ['<li><span class="mark">◆</span>an RDS event</li>'] : []),
    ...(used.has('run-lost') ? ['<li><span class="mark">✕</span>an event that never arrived</li>'] : []),
  ];
  const items = entries.map(([tone, text]) => `<li>${swatch(tone)}${escaped(text)}</li>`);
  return `<ul class="legend">${[...items, ...marks].join('')}<li><span class="badge">1</span>a step of the budget</li></ul>`;
}
