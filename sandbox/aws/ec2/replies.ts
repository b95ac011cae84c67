import type { XmlValue } from '../../world/types.ts';
import { declaration, type Replies } from '../wire/reply.ts';
import { element } from '../wire/xml.ts';

/** EC2's dialect of the Query protocol: no element around the result, and errors in a list. */
export const ec2Replies: Replies = {
  success: (action, result, xmlns, requestId) => ({
    status: 200,
    body: declaration + element(`${action}Response`, { requestId, ...(result as Record<string, XmlValue>) }, xmlns),
  }),
  error: ({ status, code, message }, _xmlns, requestId) => ({
    status,
    body:
      declaration + element('Response', { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId }),
  }),
};
