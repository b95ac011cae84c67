import type { Io } from './io.ts';

const quietMs = 1000;

/** Does the work; when it takes longer than a second, a terminal shows what is being done and for how long. */
export async function withProgress<T>(io: Io, doing: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const show = () => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    io.status(`${doing} … ${seconds} s`);
  };
  const timer = setInterval(show, quietMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    io.status('');
  }
}
