import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Operation, XmlValue } from '../types.ts';
import { AwsError } from '../wire/aws-error.ts';
import { readHttp } from '../wire/http.ts';
import { internalFailure } from '../wire/reply.ts';
import { queryRequest } from '../wire/request.ts';
import { element } from '../wire/xml.ts';

const xmlNamespace = 'http://ec2.amazonaws.com/doc/2016-11-15/';

export type Ec2Server = {
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** Names of the actions that were called, oldest first. */
  calls(): readonly string[];
  /** From now on the action fails so; undefined ends that. */
  fail(action: string, error: AwsError | undefined): void;
  close(): Promise<void>;
};

/**
 * EC2's dialect of the Query protocol on 127.0.0.1: the result without an element around it, errors in a list ("Making Query requests
 * to Amazon EC2" in its developer guide).
 */
export async function createEc2Server(operations: Readonly<Record<string, Operation>>): Promise<Ec2Server> {
  const calls: string[] = [];
  const failures = new Map<string, AwsError>();

  const perform = async (incoming: IncomingMessage): Promise<{ action: string; result: XmlValue }> => {
    const { action, params, authenticated } = queryRequest(await readHttp(incoming));
    calls.push(action);
    if (!authenticated)
      throw new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials');
    const failure = failures.get(action);
    if (failure) throw failure;
    const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
    if (!operation) throw new AwsError('InvalidAction', `The action ${action} is not valid for this web service.`);
    return { action, result: operation(params) };
  };
  const server = createServer(async (incoming, response) => {
    const requestId = randomUUID();
    const { status, body } = await perform(incoming).then(
      ({ action, result }) => ({
        status: 200,
        body: element(`${action}Response`, { requestId, ...(result as Record<string, XmlValue>) }, xmlNamespace),
      }),
      (thrown: unknown) => errorReply(thrown instanceof AwsError ? thrown : internalFailure(), requestId),
    );
    response.writeHead(status, { 'content-type': 'text/xml' });
    response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    fail: (action, error) => void (error ? failures.set(action, error) : failures.delete(action)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const errorReply = ({ status, code, message }: AwsError, requestId: string) => ({
  status,
  body: element('Response', { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId }),
});
