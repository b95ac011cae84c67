import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { addressOf, findEndpoint } from '../../../cli/drill/endpoint.ts';
import { createElbv2Settings } from '../../../lib/adapters/elbv2-settings.ts';
import { createAccount } from '../account-rig.ts';

test('behind a shared load balancer the port is that of the listener of this group, for drill and doctor', async () => {
  const account = await createAccount([]);
  const client = new ElasticLoadBalancingV2Client({
    ...{ endpoint: account.server.url, region: 'eu-central-1' },
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
  });
  try {
    // All databases have the same port; only the listeners differ.
    const groups = ['orders', 'billing', 'shop'].map((name) => account.elbv2.createTargetGroup({ name, port: 5432 }));
    const listeners = groups.map(({ arn }, index) => ({ port: 5433 + index, targetGroupArn: arn }));
    account.elbv2.createLoadBalancer({ name: 'vendors', zones: ['eu-central-1a', 'eu-central-1b'], listeners });
    for (const { port, targetGroupArn } of listeners) {
      expect(await findEndpoint(client, targetGroupArn)).toMatchObject({ port });
      const settings = createElbv2Settings(client, targetGroupArn);
      const group = await settings.group();
      const arns = group.kind === 'read' ? group.value.loadBalancerArns : [];
      expect(await settings.loadBalancers(arns)).toMatchObject({ value: [{ name: 'vendors', ports: [port] }] });
    }
  } finally {
    client.destroy();
    await account.close();
  }
});

test('an endpoint is a host, with or without a port', () => {
  expect(addressOf('db.example', 5432)).toEqual({ host: 'db.example', port: 5432 });
  expect(addressOf('db.example:6000', undefined)).toEqual({ host: 'db.example', port: 6000 });
  expect(addressOf('[fd00::1]:6000', undefined)).toEqual({ host: 'fd00::1', port: 6000 });
  for (const wrong of ['', 'db:0', 'db:99999', 'http://db:1', 'fd00::1'])
    expect(() => addressOf(wrong, undefined), wrong).toThrow(/HOST:PORT/);
});
