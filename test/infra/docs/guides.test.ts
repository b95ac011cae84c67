import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { databasesFrom } from '../../../infra/config/databases.ts';
import { filled, generatedDocs, optionsTable } from '../../../scripts/docs.ts';
import { examples, root, synthesise } from '../examples-rig.ts';

const doc = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe('the guides', () => {
  test.each(generatedDocs.map((file) => basename(file)))('%s holds what the code says (npm run docs)', (name) => {
    expect(doc(name)).toBe(filled(doc(name)));
    expect(doc(name)).toMatch(/<!-- [a-z-]+ -->\n\n\|/);
  });

  test('deploy.md lists every option', () => {
    expect(doc('deploy.md')).toContain(optionsTable());
    for (const key of ['reconcile.observeOnly', 'endpointService.consumerCidrs', 'vpc.subnets[].zone', 'roles.path'])
      expect(optionsTable()).toContain(`| \`${key}\` |`);
  });

  test("deploy.md's ten lines synthesise", () => {
    const [, json = ''] = /## Ten lines\n[^#]*?```json\n([\s\S]*?)```/.exec(doc('deploy.md')) ?? [];
    synthesise(databasesFrom(json, 'docs/deploy.md'))
      .template('orders')
      .resourceCountIs('AWS::EC2::VPCEndpointService', 1);
    expect(json.trim().split('\n').length).toBeLessThanOrEqual(12);
  });

  test('deploy.md names every example', () => {
    for (const file of examples) expect(doc('deploy.md')).toContain(`| \`${file}\` |`);
  });

  test("vendor.md's settings are accepted", () => {
    const [, part = ''] = /```json\n([\s\S]*?)```/.exec(doc('vendor.md')) ?? [];
    const subnets = ['a', 'b'].map((zone) => ({ id: `subnet-0123456${zone}`, zone: `eu-central-1${zone}` }));
    const entry = { name: 'x', database: { kind: 'instance', id: 'x', port: 1 }, vpc: { id: 'vpc-01234567', subnets } };
    const content = JSON.stringify([{ ...entry, ...JSON.parse(`{${part}}`) }]);
    expect(() => databasesFrom(content, 'docs/vendor.md')).not.toThrow();
  });

  test('vendor.md ends with the service name to send', () => {
    expect(doc('vendor.md').trimEnd().split('\n\n').at(-1)).toContain('**Send this service name:**');
  });
});
