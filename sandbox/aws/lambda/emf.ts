import type { InvocationResult } from '../../world/types.ts';

/** A metric document in CloudWatch's embedded metric format. */
export type EmfDocument = { readonly _aws: unknown; readonly [key: string]: unknown };

function documentIn(line: string): EmfDocument | undefined {
  // What went through `console` carries time, request id and level in front.
  const start = line.startsWith('{') ? 0 : line.indexOf('\t{') + 1;
  if (start === 0 && !line.startsWith('{')) return undefined;
  try {
    const document = JSON.parse(line.slice(start));
    return typeof document === 'object' && document !== null && '_aws' in document ? document : undefined;
  } catch {
    return undefined;
  }
}

/** The embedded metric documents among the lines of an invocation. */
export function emfLines(result: Pick<InvocationResult, 'log'>): readonly EmfDocument[] {
  return result.log.flatMap((line) => documentIn(line) ?? []);
}
