import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * How every AWS client of ours behaves: three attempts with the SDK's jittered back-off, two seconds each, so that a call that hangs
 * cannot eat a watch. Credentials and Region come from the environment.
 */
export const boundedClient = () => ({
  maxAttempts: 3,
  retryMode: 'standard',
  requestHandler: new NodeHttpHandler({
    connectionTimeout: 1000,
    requestTimeout: 2000,
    throwOnRequestTimeout: true,
    // A reply that starts and then stalls is no better than none.
    socketTimeout: 2000,
  }),
});
