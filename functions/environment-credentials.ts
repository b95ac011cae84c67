import { fromEnv } from '@aws-sdk/credential-provider-env';

/** Stands in for the SDK's default provider chain in the bundles (see scripts/build.ts): Lambda sets the credentials as variables. */
export const defaultProvider = () => fromEnv();
