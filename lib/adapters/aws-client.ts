import { OwnReplyHandler } from './own-reply.ts';

/**
 * How every AWS client of ours behaves unless told otherwise: three attempts with the SDK's jittered back-off, two seconds each, so that
 * a call that hangs cannot eat a watch. Credentials and Region come from the environment.
 */
export const boundedClient = ({ maxAttempts = 3, connectMs = 1000, requestMs = 2000 } = {}) => ({
  maxAttempts,
  retryMode: 'standard',
  requestHandler: new OwnReplyHandler({
    connectionTimeout: connectMs,
    requestTimeout: requestMs,
    throwOnRequestTimeout: true,
    bodyMs: requestMs,
    // A reply that starts and then stalls is no better than none.
    socketTimeout: requestMs,
  }),
});
