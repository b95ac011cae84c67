import { AwsError } from './wire/aws-error.ts';
import { type JsonService, targetRoute } from './wire/json.ts';

/** By ARN, the texts of Secrets Manager. */
export type Secrets = Map<string, string>;

/** GetSecretValue of AWS Secrets Manager (docs.aws.amazon.com/secretsmanager/latest/apireference). */
export const createSecretsApi = (secrets: Secrets): JsonService => ({
  source: 'sandbox',
  permissions: 'secretsmanager',
  route: targetRoute('secretsmanager'),
  operations: {
    GetSecretValue({ SecretId }) {
      const text = secrets.get(String(SecretId));
      if (text === undefined)
        throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      return { body: { ARN: SecretId, SecretString: text, VersionStages: ['AWSCURRENT'] } };
    },
  },
});
