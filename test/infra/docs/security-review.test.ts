import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { permissionReasons } from '../../../infra/reconciler/permission-reasons.ts';
import { securityReview } from '../../../scripts/security-review.ts';

describe('docs/security-review.md', () => {
  const review = securityReview();

  test('is what the templates of the examples say (npm run docs)', () => {
    expect(readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'security-review.md'), 'utf8')).toBe(
      review,
    );
  });

  test('gives reasons for nothing that is not there, but for the replicas of an instance, which no example follows', () => {
    const unused = Object.keys(permissionReasons).filter((sid) => !review.includes(`\n| ${sid} | `));
    expect(unused).toEqual(['ReadReplicas']);
  });
});
