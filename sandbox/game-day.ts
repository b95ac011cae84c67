import type { HttpRequest, Reply } from './aws/wire/http.ts';
import type { Permissions } from './aws/wire/permissions.ts';
import type { Database } from './world/database/types.ts';
import type { DelayProfileName, Delays } from './world/load-balancer-delays.ts';

/**
 * Failures of a game day that AWS has no call for. Stopping the database, failing it over and disabling a rule are calls of AWS
 * (`stop-db-instance`, `reboot-db-instance --force-failover`, `disable-rule`), and the sandbox takes them as AWS does.
 */
export type GameDay = {
  /** The writer hangs (SIGSTOP): its port is open, and nothing is answered. */
  hang(): void;
  resume(): void;
  /** Takes a permission from the functions' role: `deny('elasticloadbalancing:RegisterTargets')`. */
  deny(permission: string): void;
  allow(permission: string): void;
  denied(): readonly string[];
  /** How slow the load balancer is from now on. */
  loadBalancer(profile: DelayProfileName): void;
};

type Parts = {
  readonly database: Pick<Database, 'hang' | 'resume'>;
  readonly permissions: Permissions;
  readonly delays: Delays;
};

export const createGameDay = ({ database, permissions, delays }: Parts): GameDay => ({
  hang: database.hang,
  resume: database.resume,
  deny: permissions.deny,
  allow: permissions.allow,
  denied: permissions.denied,
  loadBalancer: delays.use,
});

const text = (status: number, body: string): Reply => ({
  status,
  body: `${body}\n`,
  headers: { 'content-type': 'text/plain' },
});

const usage = `POST /sandbox/hang               the writer hangs: its port is open, nothing is answered
POST /sandbox/resume             it goes on
POST /sandbox/deny/PERMISSION    the functions' role lacks it, for example elasticloadbalancing:RegisterTargets
POST /sandbox/allow/PERMISSION   it has it again
POST /sandbox/load-balancer/PROFILE   how slow the load balancer is from now on: aws, slow or ideal
GET  /sandbox                    this, and what is denied`;

/** The same over HTTP, for curl, at the address of the APIs. */
export function gameDayControls(gameDay: GameDay): (http: HttpRequest) => Reply | undefined {
  const perform = (verb: string, what: string): string | undefined => {
    switch (verb) {
      case 'hang':
        gameDay.hang();
        return 'the writer hangs';
      case 'resume':
        gameDay.resume();
        return 'the writer goes on';
      case 'deny':
      case 'allow':
        gameDay[verb](what);
        return `denied to the functions: ${gameDay.denied().join(', ') || 'nothing'}`;
      case 'load-balancer':
        // Checked there, like everything that comes from outside.
        gameDay.loadBalancer(what as DelayProfileName);
        return `the load balancer is as slow as the profile ${what} says`;
      default:
        return undefined;
    }
  };
  return ({ method, path, headers }) => {
    const [, first, verb = '', what = ''] = path.split('/');
    if (first !== 'sandbox') return undefined;
    // A web page in a browser can reach this port, too.
    if (headers.origin !== undefined) return text(403, 'not from a web page');
    if (method === 'GET' && verb === '')
      return text(200, `${usage}\n\ndenied: ${gameDay.denied().join(', ') || 'nothing'}`);
    try {
      const said = method === 'POST' ? perform(verb, what) : undefined;
      return said === undefined ? text(404, `no such control: ${method} ${path}\n\n${usage}`) : text(200, said);
    } catch (error) {
      return text(400, error instanceof Error ? error.message : String(error));
    }
  };
}
