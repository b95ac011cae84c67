import type { QueryParams } from './query.ts';

/** What goes wrong. `ms` is wall time, like a network's. */
type FaultKind =
  | { readonly kind: 'error'; readonly code: string; readonly status?: number; readonly message?: string }
  | { readonly kind: 'throttle' }
  | { readonly kind: 'latency'; readonly ms: number }
  /** No answer, ever; the connection ends when the client or the server closes it. */
  | { readonly kind: 'hang' }
  /** The connection is reset before the call takes effect. */
  | { readonly kind: 'reset' }
  /** The call takes effect, then the connection is reset. */
  | { readonly kind: 'lost-reply' }
  /** The call takes effect, then there is no answer. */
  | { readonly kind: 'hang-after-effect' }
  /** A reply that comes a byte a second, or has no end. */
  | { readonly kind: 'trickle' | 'endless' };

/** A fault of one API action, or of all of them. */
export type Fault = FaultKind & {
  readonly action: string | 'all';
  /** How many calls it hits; until removed when absent. */
  readonly times?: number;
  /** Hits only calls with such parameters. */
  readonly when?: (params: QueryParams) => boolean;
};

/** A fault that decides the outcome of a call; latency only delays it. */
export type DecidingFault = Exclude<FaultKind, { kind: 'latency' }>;

/** API faults, added and removed while the server runs. */
export type Faults = {
  /** The returned function removes the fault. */
  add(fault: Fault): () => void;
  clear(): void;
  /** Uses up what hits this call: every latency, and the first other fault, in the order in which they were added. */
  take(action: string, params: QueryParams): { readonly latencyMs: number; readonly fault?: DecidingFault };
};

type Armed = { readonly fault: Fault; left: number };

export function createFaults(): Faults {
  const armed = new Set<Armed>();

  const hits = ({ fault }: Armed, action: string, params: QueryParams) =>
    (fault.action === 'all' || fault.action === action) && (fault.when?.(params) ?? true);

  const use = (item: Armed) => {
    item.left -= 1;
    if (item.left <= 0) armed.delete(item);
  };

  return {
    add(fault) {
      const item = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      if (item.left > 0) armed.add(item);
      return () => void armed.delete(item);
    },
    clear: () => armed.clear(),
    take(action, params) {
      let latencyMs = 0;
      let deciding: DecidingFault | undefined;
      for (const item of [...armed]) {
        if (!hits(item, action, params)) continue;
        if (item.fault.kind === 'latency') latencyMs += item.fault.ms;
        else if (deciding) continue;
        else deciding = item.fault;
        use(item);
      }
      return deciding ? { latencyMs, fault: deciding } : { latencyMs };
    },
  };
}
