import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { describe, expect, test } from 'vitest';
import { createApiRoutes } from '../../../lib/adapters/api-routes.ts';

/** Too long for a name, so that no server is asked. */
const unresolvable = `${'x'.repeat(64)}.example`;

describe('the routes of API calls', () => {
  test('are the hosts that were called, each with its addresses', async () => {
    const routes = createApiRoutes();
    const client = (endpoint: string) =>
      routes.follow(
        new RDSClient({
          region: 'eu-central-1',
          endpoint,
          credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
          maxAttempts: 1,
          requestHandler: { handle: () => Promise.reject(new Error('no network here')) },
        }),
      );
    expect(await routes.hosts()).toEqual([]);
    for (const endpoint of [`http://${unresolvable}`, 'http://127.0.0.1:1', 'http://127.0.0.1:2'])
      await expect(client(endpoint).send(new DescribeDBInstancesCommand({}))).rejects.toThrow('no network here');
    expect(await routes.hosts()).toEqual([
      { host: '127.0.0.1', addresses: ['127.0.0.1'] },
      { host: unresolvable, addresses: [] },
    ]);
  });
});
