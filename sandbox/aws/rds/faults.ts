import { AwsError } from '../wire/aws-error.ts';

// Codes and statuses are those of the API reference; AWS is not consistent about the suffix `Fault`.

export const instanceNotFound = (id: string): AwsError =>
  new AwsError('DBInstanceNotFound', `DBInstance ${id} not found.`, { status: 404 });

export const instanceExists = (id: string): AwsError =>
  new AwsError('DBInstanceAlreadyExists', `DB instance already exists: ${id}`);

export const parameterGroupNotFound = (name: string): AwsError =>
  new AwsError('DBParameterGroupNotFound', `DBParameterGroup not found: ${name}`, { status: 404 });

export const clusterNotFound = (id: string): AwsError =>
  new AwsError('DBClusterNotFoundFault', `DBCluster ${id} not found.`, { status: 404 });

export const clusterEndpointNotFound = (id: string): AwsError =>
  new AwsError('DBClusterEndpointNotFoundFault', `DBClusterEndpoint ${id} not found.`, { status: 404 });

export const invalidInstanceState = (message: string): AwsError => new AwsError('InvalidDBInstanceState', message);

export const invalidClusterState = (message: string): AwsError => new AwsError('InvalidDBClusterStateFault', message);

export const invalidParameterValue = (message: string): AwsError => new AwsError('InvalidParameterValue', message);

export const invalidParameterCombination = (message: string): AwsError =>
  new AwsError('InvalidParameterCombination', message);
