import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { consumersFrom } from '../../../infra/config/consumers.ts';
import { databasesFrom } from '../../../infra/config/databases.ts';
import { gatewayLimits } from '../../../infra/config/limits.ts';
import { consumerEndpoint, ways } from '../../../scripts/cost-of-ways.ts';
import { root } from '../examples-rig.ts';

const doc = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block);

describe('the guides', () => {
  test("the provider's files are accepted, and are the two access methods, one of them shared", () => {
    const entries = blocks(doc('provider.md'), 'json').map((text) => databasesFrom(text, 'docs/provider.md')[0]);
    expect(entries.map((entry) => entry?.loadBalancer?.name ?? entry?.access ?? 'load-balancer')).toEqual([
      'load-balancer',
      'vendors',
      'resource-gateway',
    ]);
  });

  test("the consumer's files are accepted, and are the two kinds of endpoints", () => {
    const entries = blocks(doc('consumer.md'), 'json').map((text) => consumersFrom(text, 'docs/consumer.md')[0]);
    expect(entries.map((entry) => [Boolean(entry?.serviceName), Boolean(entry?.resourceConfigurationArn)])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  test.each([
    ['choose.md', /GatewayAccessLogs {2}ResourceConfigurationArn {2}ResourceShareArn\n```\n$/],
    ['provider.md', /444455556666 {2}ASSOCIATED\n```\n$/],
    ['consumer.md', /port 5432 \(postgres\) {2}ok\n(?: .*\n)+```\n$/],
  ])('%s ends with a check and what it says when all is well', (name, end) => {
    expect(doc(name)).toMatch(end);
    expect(doc(name)).toMatch(/[Cc]heck that it succee/);
  });

  test.each(['choose.md', 'provider.md', 'consumer.md', 'vendor.md'])('%s names files and pages that exist', (name) => {
    const links = [...doc(name).matchAll(/\]\(([^)#:]+)\)/g)].map(([, file = '']) => join('docs', file));
    const examples = [...doc(name).matchAll(/`(examples\/[\w./-]+)`/g)].map(([, file = '']) => file);
    expect([...links, ...examples].filter((file) => !existsSync(join(root, file)))).toEqual([]);
    expect(links.length).toBeGreaterThan(0);
  });

  test('choose.md has a row for each thing that a resource gateway cannot do', () => {
    const rows: Record<keyof typeof gatewayLimits, RegExp> = {
      publicCluster: /\| Publicly accessible cluster \| yes.*\| no/,
      readers: /\| Readers \|.*come with the cluster's ARN/,
      idleTimeout: /\| Idle time-out \| 60 to 6000 s.*\| 350 s, fixed/,
      otherRegions: /\| Other Regions \|.*\| no/,
      vendorName: /\| Vendors that ask for a service name \| yes \| no/,
    };
    expect(Object.keys(rows).sort()).toEqual(Object.keys(gatewayLimits).sort());
    for (const row of Object.values(rows)) expect(doc('choose.md')).toMatch(row);
  });
});

describe('the price of each access method', () => {
  const price = (name: string, databases: number) =>
    ways.find((way) => way.name.startsWith(name))?.dollarsPerMonth(databases);

  test('of services of their own grows with each database', () => {
    // Metrics, alarms, dashboard, drift runs and logs come to $5.09 (docs/cost.md); the load balancer is 730 h × $0.0225.
    expect(price('Endpoint service', 1)).toBeCloseTo(5.09 + 730 * 0.0225, 1);
    expect(price('Endpoint service', 100)).toBeCloseTo(100 * (5.09 + 730 * 0.0225), -1);
  });

  test('of one load balancer for many has a load balancer more for each 50 listeners', () => {
    const one = price('One endpoint', 1) ?? 0;
    const each = (price('One endpoint', 2) ?? 0) - one;
    expect(each).toBeCloseTo(5.09, 1);
    expect(price('One endpoint', 50)).toBeCloseTo(one + 49 * each, 6);
    expect(price('One endpoint', 51)).toBeCloseTo(one + 50 * each + 730 * 0.0225, 6);
  });

  test('of dashboards is what leaving them out saves', () => {
    expect((price('One endpoint', 10) ?? 0) - (price('The same', 10) ?? 0)).toBeCloseTo(30, 6);
  });

  test('of shared resources is nothing but data, unless they are in a service network: then by the hour', () => {
    const shared = ways.filter(({ name }) => name.startsWith('Resource gateway'));
    expect(shared.map(({ dollarsPerMonth }) => dollarsPerMonth(10))).toEqual([0, 730]);
  });

  test('can be worked out from the arithmetic of the table, and its figures are the sums of cost.md', () => {
    const cell = String.raw`\| ([^|]+) `;
    const rows = [...doc('choose.md').matchAll(new RegExp(`^${cell}\\| (n × [^|]+) ${cell}${cell}${cell}\\|$`, 'gm'))];
    const number = (text = '') => Number(text.replace('$', ''));
    for (const [, name, arithmetic = '', ...shown] of rows) {
      const [, unit, hourly, step, each] =
        /^n × (\S+)(?: h × (\S+))?(?: \+ ⌈n ÷ (\d+)⌉ × (\S+))?$/.exec(arithmetic) ?? expect.fail(arithmetic);
      const priceOf = (n: number) =>
        n * number(unit) * (hourly ? number(hourly) : 1) + (step ? Math.ceil(n / Number(step)) * number(each) : 0);
      expect(
        [1, 10, 100].map((n) => `$${priceOf(n).toFixed(2)}`),
        name,
      ).toEqual(shown.map((text) => text.trim()));
    }
    expect(rows).toHaveLength(4);
    const sums = [...doc('cost.md').matchAll(/\*\*Together\*\* \| \| \*\*(\$[\d.]+)\*\*/g)].map(([, sum]) => sum);
    const units = rows.map(([, , arithmetic = '']) => `$${number(arithmetic.split(' ')[2]).toFixed(2)}`);
    expect(units.slice(0, 2)).toEqual(sums.slice(0, 2));
    for (const sum of sums.slice(0, 2)) expect(doc('choose.md')).toContain(`${sum} `);
  });

  test("of the consumer's endpoint stands in the text", () => {
    expect(doc('choose.md')).toContain(`$${consumerEndpoint.toFixed(2)} a month for each database`);
  });
});
