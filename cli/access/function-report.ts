import * as z from 'zod';
import type { Report } from '../../lib/domain.ts';

/* What a function answers and logs. Another version may have said it, or something else: what is shown of it has to be there. */

const word = z.string().max(1000);
const sentences = z.string().max(100_000);
const words = z.array(word).max(10_000);

const report = z.looseObject({
  database: word,
  trigger: z.looseObject({ kind: word, eventId: word.optional(), action: word.optional() }),
  outcome: z.enum(['in-sync', 'changed', 'held', 'waiting', 'observed', 'ignored']),
  reason: word.optional(),
  detail: sentences.optional(),
  writer: z.looseObject({ instanceId: word.optional(), address: word, port: z.number() }).optional(),
  registered: words,
  deregistered: words,
  stale: words,
  plan: z
    .looseObject({ kind: z.enum(['in-sync', 'hold', 'waiting', 'change']), register: words, deregister: words })
    .optional(),
  // Lambda's own limit.
  durationMs: z.number().min(0).max(900_000),
  pausedUntil: word.optional(),
  targets: z
    .array(z.looseObject({ target: word, state: word, reason: word.optional(), override: word.optional() }))
    .max(10_000)
    .optional(),
  checks: z
    .array(
      z.looseObject({
        check: word,
        result: z.enum(['ok', 'failed', 'not-checked']),
        detail: sentences,
        meaning: sentences.optional(),
        failure: sentences.optional(),
        remedy: sentences.optional(),
      }),
    )
    .max(1000)
    .optional(),
});

/** The report, or what keeps it from being one. */
export function readReport(value: unknown): { readonly report?: Report; readonly problem?: string } {
  const { success, data, error } = report.safeParse(value);
  if (success) return { report: data as unknown as Report };
  const [{ path = [], message = '' } = {}] = error.issues;
  return { problem: path.length > 0 ? `${path.join('.')}: ${message}` : message };
}
