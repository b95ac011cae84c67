import type { XmlValue } from '../../world/types.ts';
import { AwsError } from './aws-error.ts';
import { element } from './xml.ts';

/** An HTTP reply; XML where the headers name no other content type. */
export type Reply = {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** How a protocol wraps results and errors. */
export type Replies = {
  success(action: string, result: XmlValue, xmlns: string, requestId: string): Reply;
  error(error: AwsError, xmlns: string | undefined, requestId: string): Reply;
};

export const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

function successReply(action: string, result: XmlValue, xmlns: string, requestId: string): Reply {
  const response = { [`${action}Result`]: result ?? {}, ResponseMetadata: { RequestId: requestId } };
  return { status: 200, body: declaration + element(`${action}Response`, response, xmlns) };
}

function errorReply(error: AwsError, xmlns: string | undefined, requestId: string): Reply {
  const response = {
    Error: { Type: error.type, Code: error.code, Message: error.message },
    RequestId: requestId,
  };
  return { status: error.status, body: declaration + element('ErrorResponse', response, xmlns) };
}

/** What AWS says of a failure that it does not explain. */
export const internalFailure = (): AwsError =>
  new AwsError(
    'InternalFailure',
    'The request processing has failed because of an unknown error, exception or failure.',
  );

/** The AWS Query protocol. */
export const queryReplies: Replies = { success: successReply, error: errorReply };
