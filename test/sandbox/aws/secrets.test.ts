import { expect, test } from 'vitest';
import { createSecretsApi } from '../../../sandbox/aws/secrets.ts';

test('Secrets Manager gives the text of a secret, and knows no other', async () => {
  const { operations, route } = createSecretsApi(new Map([['arn', 'text']]));
  expect(await operations.GetSecretValue?.({ SecretId: 'arn' }, {} as never)).toMatchObject({
    body: { ARN: 'arn', SecretString: 'text' },
  });
  expect(() => operations.GetSecretValue?.({ SecretId: 'other' }, {} as never)).toThrow(
    /can't find the specified secret/,
  );
  const headers = { 'x-amz-target': 'secretsmanager.GetSecretValue' };
  expect(route({ headers, body: '{"SecretId":"arn"}' } as never)).toEqual({
    action: 'GetSecretValue',
    input: { SecretId: 'arn' },
  });
});
