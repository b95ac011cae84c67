import { RegionInfo } from 'aws-cdk-lib/region-info';
import { describe, expect, test } from 'vitest';
import { nameKind } from '../../cli/connect-check/names.ts';
import * as fields from '../../infra/config/fields.ts';
import {
  arnPattern,
  databaseHostName,
  endpointServiceName,
  globalArnPattern,
  isRegion,
  loadBalancerName,
  partitionOf,
  partitions,
  principalPattern,
  proxyOfHost,
  resourceEndpointName,
  withoutPartition,
  zonePattern,
} from '../../lib/partitions.ts';

type Published = {
  readonly id: string;
  readonly regionRegex: string;
  readonly outputs: { readonly dnsSuffix: string; readonly dualStackDnsSuffix: string };
  readonly regions: Readonly<Record<string, unknown>>;
};

/** The SDK's endpoint data. It exports no list, so the file itself is read. */
const file = '../../node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';
const { partitionsInfo } = (await import(/* @vite-ignore */ file)) as {
  partitionsInfo: { partitions: readonly Published[] };
};
/** Without the pseudo Regions of global services (`aws-cn-global`). */
const regions = partitionsInfo.partitions.flatMap((partition) =>
  Object.keys(partition.regions)
    .filter((region) => new RegExp(partition.regionRegex).test(region))
    .map((region) => [region, partition] as const),
);

test('the table holds every partition that the SDK knows, with its suffixes', () => {
  const shown = ({ id, outputs }: Published) => [id, outputs.dnsSuffix, outputs.dualStackDnsSuffix];
  expect(partitions.map(({ id, dnsSuffix, siteSuffix }) => [id, dnsSuffix, `api.${siteSuffix}`]).sort()).toEqual(
    partitionsInfo.partitions.map(shown).sort(),
  );
  expect(regions.length).toBeGreaterThan(40);
});

describe.each(regions)('in %s,', (region, { id, outputs: { dnsSuffix } }) => {
  test('the Region is one, and its zones and zone ids are none', () => {
    expect(isRegion(region)).toBe(true);
    expect(partitionOf(region)).toBe(id);
    expect(fields.region().safeParse(region).success).toBe(true);
    for (const other of [`${region}a`, `${region}-`, region.toUpperCase(), `x${region}`, `${region}.${dnsSuffix}`])
      expect(isRegion(other), other).toBe(false);
    for (const zone of [`${region}a`, `${region}-lax-1b`]) expect(zonePattern.test(zone), zone).toBe(true);
    for (const other of [region, `${region}-a`, `${region}ab`, 'use1-az1']) expect(zonePattern.test(other)).toBe(false);
  });

  test('ARNs are accepted, of services in Regions and of others', () => {
    const topic = `arn:${id}:sns:${region}:123456789012:alarms`;
    expect(arnPattern('sns', '[a-z]+').test(topic)).toBe(true);
    expect(fields.arn('sns', '[A-Za-z0-9_-]+', 'TOPIC').safeParse(topic).success).toBe(true);
    const root = `arn:${id}:iam::123456789012:root`;
    expect(globalArnPattern('iam', 'root').test(root)).toBe(true);
    expect(principalPattern('iam', 'root').test(root)).toBe(true);
    expect(withoutPartition(root)).toBe('arn::iam::123456789012:root');
  });

  test('the name of an endpoint service is accepted, and its Region is read', () => {
    // As CDK writes it into the output of the provider's stack; where CDK does not know it, as AWS forms it: the suffix backwards.
    const prefix = RegionInfo.get(region).vpcEndpointServiceNamePrefix;
    const backwards = `${dnsSuffix.split('.').reverse().join('.')}.vpce`;
    for (const domain of new Set([prefix ?? backwards, backwards]))
      expect(endpointServiceName.exec(`${domain}.${region}.vpce-svc-0123456789abcdef0`)?.[1]).toBe(region);
  });

  test('host names are told apart', () => {
    for (const place of [`${region}.rds`, `rds.${region}`]) {
      const domain = `${place}.${dnsSuffix}`;
      for (const host of [`orders.c0ffee.${domain}`, `orders.cluster-ro-c0ffee.${domain}`]) {
        expect(nameKind(host), host).toBe('database');
        expect(proxyOfHost(host), host).toEqual({});
      }
      expect(nameKind(`checkout.proxy-c0ffee.${domain}`)).toBe('database');
      expect(proxyOfHost(`Checkout.proxy-c0ffee.${domain}.`)).toEqual({ proxy: 'checkout' });
      expect(proxyOfHost(`ro.endpoint.proxy-c0ffee.${domain}`)).toEqual({ endpoint: 'ro' });
    }
    expect(nameKind(`vpce-0a1-b2c.vpce-svc-0d3.${region}.vpce.${dnsSuffix}`)).toBe('endpoint');
    expect(nameKind(`orders-0123456789abcdef.elb.${region}.${dnsSuffix}`)).toBe('load-balancer');
  });
});

test('the name of a resource endpoint is known by the suffix of its partition', () => {
  for (const { siteSuffix } of partitions)
    expect(resourceEndpointName.test(`rcfg-1.4232ccc.vpc-lattice-rsc.eu-central-1.on.${siteSuffix}`)).toBe(true);
});

test.each([
  'orders.c0ffee.eu-central-1.rds.amazonaws.com.evil.example',
  'orders.c0ffee.eu-central-1.rds.amazonawsXcom',
  'rds.amazonaws.com',
  'checkout.proxy-c0ffee.example.com',
  'orders.example.com',
])('%s is no name of AWS', (host) => {
  expect(databaseHostName.test(host)).toBe(false);
  expect(loadBalancerName.test(host)).toBe(false);
  expect(proxyOfHost(host)).toStrictEqual({});
  expect(nameKind(host)).toBe('other');
});

test.each([
  'arn:aws-mars:sns:eu-central-1:123456789012:a',
  'arn:aws:sns:eu:123456789012:a',
  'arn:aws:sns::123456789012:a',
])('%s is no ARN of a topic', (arn) => {
  expect(arnPattern('sns', 'a').test(arn)).toBe(false);
});

test.each(['', 'eu-central', 'eu-central-1a', 'xx', 'EU-CENTRAL-1', 'mars'])('%j is in no partition', (name) => {
  expect(partitionOf(name)).toBeUndefined();
});
