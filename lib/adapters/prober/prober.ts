import type { Prober } from '../../ports.ts';
import type { SessionsOptions } from './sessions.ts';

/** Loads what asks when a member is first asked: a run that needs no probe pays for none. */
export function createProber(options: SessionsOptions): Prober {
  let loaded: Promise<Prober> | undefined;
  return {
    async ask(member, signal) {
      try {
        loaded ??= import('./sessions.ts').then(({ createSessions }) => createSessions(options));
        return await (await loaded).ask(member, signal);
      } catch (error) {
        const said = error instanceof Error ? error.message : error;
        return {
          kind: 'unknown',
          why: `the probe is not there (${said}). Next: deploy the whole directory of the bundle.`,
        };
      }
    },
    close: () => void loaded?.then((sessions) => sessions.close()).catch(() => {}),
  };
}
