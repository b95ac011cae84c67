import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rules } from './ablation-rules.ts';

test.each(rules)('the ablation takes out "$name" in one place of $file', ({ file, from }) => {
  expect(readFileSync(join(import.meta.dirname, '..', '..', file), 'utf8').split(from)).toHaveLength(2);
});
