/** What something shows over time: each value from its moment on. Sorted; the first begins before the story does. */
export type View<T> = readonly { readonly at: number; readonly value: T }[];

export function viewAt<T>(view: View<T>, at: number): T {
  // Most questions are about the end.
  for (let index = view.length - 1; index > 0; index--) {
    const shown = view[index];
    if (shown && shown.at <= at) return shown.value;
  }
  const [first] = view;
  if (!first) throw new Error('a view without a value');
  return first.value;
}

export const lastChange = <T>(view: View<T>): number => view.at(-1)?.at ?? 0;

/** How much later a change is shown, and for how long and how fast it then alternates with what was before. */
export type Lag = { readonly ms: number; readonly flapMs: number; readonly everyMs: number };

/** The same values, each shown as much later as the change at its moment is. Order is kept. */
export function delayed<T>(view: View<T>, lagAt: (at: number) => Lag): View<T> {
  const shown: { at: number; value: T }[] = [];
  const [first, ...later] = view;
  if (first) shown.push(first);
  later.forEach(({ at, value }, index) => {
    const before = view[index]?.value ?? value;
    const end = later[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const { ms, flapMs, everyMs } = lagAt(at);
    const from = Math.max(at + ms, shown.at(-1)?.at ?? 0);
    shown.push({ at: from, value });
    for (let step = 1; step * everyMs < flapMs && from + step * everyMs < end; step++)
      shown.push({ at: from + step * everyMs, value: step % 2 === 1 ? before : value });
    if (shown.at(-1)?.value !== value) shown.push({ at: (shown.at(-1)?.at ?? from) + everyMs, value });
  });
  return shown;
}

/** The same, but for a while in which it shows something else. */
export const overlaid = <T>(view: View<T>, from: number, to: number, value: T): View<T> =>
  [
    ...view.filter(({ at }) => at < from),
    { at: from, value },
    ...view.filter(({ at }) => at >= to),
    ...(view.some(({ at }) => at === to) ? [] : [{ at: to, value: viewAt(view, to) }]),
  ].sort((one, other) => one.at - other.at);
