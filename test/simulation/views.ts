/** What something shows over time: each value from its moment on. Sorted; the first begins before the story does. */
export type View<T> = readonly { readonly at: number; readonly value: T }[];

export function viewAt<T>(view: View<T>, at: number): T {
  let shown = view[0];
  for (const next of view) {
    if (next.at > at) break;
    shown = next;
  }
  if (!shown) throw new Error('a view without a value');
  return shown.value;
}

export const lastChange = <T>(view: View<T>): number => view.at(-1)?.at ?? 0;

/** The same values, each shown later by its lag, and for a while alternating with the value before. Order is kept. */
export function delayed<T>(view: View<T>, lag: () => number, flap: () => { forMs: number; everyMs: number }): View<T> {
  const shown: { at: number; value: T }[] = [];
  const [first, ...later] = view;
  if (first) shown.push(first);
  later.forEach(({ at, value }, index) => {
    const before = view[index]?.value ?? value;
    const end = later[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const from = Math.max(at + lag(), shown.at(-1)?.at ?? 0);
    shown.push({ at: from, value });
    const { forMs, everyMs } = flap();
    for (let step = 1; step * everyMs < forMs && from + step * everyMs < end; step++)
      shown.push({ at: from + step * everyMs, value: step % 2 === 1 ? before : value });
    if (shown.at(-1)?.value !== value) shown.push({ at: (shown.at(-1)?.at ?? from) + everyMs, value });
  });
  return shown;
}
