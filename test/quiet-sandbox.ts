import { createSandbox, type Sandbox, type SandboxOptions } from '../sandbox/sandbox.ts';
import { createListenerEngine } from '../sandbox/world/database/listener-engine.ts';

/** Listeners in place of PostgreSQL, a load balancer without delays, and no schedule: nothing happens but what a test does. */
export const createQuietSandbox = (options: Partial<SandboxOptions> = {}): Promise<Sandbox> =>
  createSandbox({
    kind: 'instance',
    engine: createListenerEngine,
    loadBalancer: 'ideal',
    speed: 30,
    isScheduled: false,
    ...options,
  });

/** How a client of the SDK reaches its APIs: one attempt for each call. */
export const settingsFor = ({ api }: Sandbox, region = 'eu-central-1') => ({
  region,
  endpoint: api.url,
  credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  maxAttempts: 1,
});
