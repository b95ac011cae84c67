import { visible } from '../../../lib/visible.ts';

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For text of ours, which may have several lines: nothing of it becomes markup. */
export const withoutMarkup = (text: string): string => text.replace(/[&<>"']/g, (one) => named[one] ?? one);

/** Names and messages come from outside: nothing of them may become markup, or show in another order than it stands there. */
export const escaped = (text: string): string => withoutMarkup(visible(text));

export const seconds = (ms: number): string =>
  `${(ms / 1000)
    .toFixed(2)
    .replace(/^-(0\.00)$/, '$1')
    .replace('-', '−')} s`;
