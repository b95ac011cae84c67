import { ArnFormat, type Stack } from 'aws-cdk-lib';

/** In the account and Region of the stack. */
export const rdsArn = (
  stack: Stack,
  resource: 'db' | 'cluster' | 'cluster-endpoint' | 'db-proxy' | 'pg' | 'cluster-pg',
  resourceName: string,
): string => stack.formatArn({ service: 'rds', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
