import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, expect } from 'vitest';

/* Clients of the SDK that answer as a test says. */

/** Forgets its answers before each test of the file. */
export const mocked = ((client: Parameters<typeof mockClient>[0]) => {
  const mock = mockClient(client);
  beforeEach(() => void mock.reset());
  afterAll(() => mock.restore());
  return mock;
}) as typeof mockClient;

export const region = { region: 'eu-central-1' };
export const refusal = Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });

/** A reading that failed, and says why. */
export const unreadable = (why: string) => ({ kind: 'unreadable', message: expect.stringContaining(why) });

/** The signal of a run. */
export const run = new AbortController().signal;

/** Every call of a run is cut when the run is. */
export function expectCut(calls: readonly { args: unknown[] }[]): void {
  expect(calls.length).toBeGreaterThan(0);
  for (const { args } of calls) expect(args[1]).toEqual({ abortSignal: run });
}
