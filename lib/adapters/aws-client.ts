import { OwnReplyHandler } from './own-reply.ts';

/**
 * How every AWS client of ours behaves unless told otherwise: three attempts with the SDK's jittered back-off, each with two seconds for
 * the whole of its reply. A call that hangs takes eight seconds of a watch, and no more. Credentials and Region come from the environment.
 */
export const boundedClient = ({ maxAttempts = 3, connectMs = 1000, replyMs = 2000 } = {}) => ({
  maxAttempts,
  retryMode: 'standard',
  requestHandler: new OwnReplyHandler({ connectionTimeout: connectMs, replyMs }),
});
