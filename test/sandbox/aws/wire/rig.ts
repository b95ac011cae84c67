import { createFaults } from '../../../../sandbox/aws/wire/faults.ts';
import type { Operation, Service } from '../../../../sandbox/aws/wire/query.ts';
import { createQueryServer, type QueryServer, type QueryServerOptions } from '../../../../sandbox/aws/wire/server.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';
import { createManualClock } from '../elbv2/rig.ts';

export const xmlNamespace = 'http://books.example/doc/2020-01-01/';
export const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=x' };
const servers: QueryServer[] = [];
/** Ends every server of this file. */
export const closeServers = async (): Promise<void> => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
};

export const serviceOf = (operations: Record<string, Operation>, version = '2020-01-01'): Service => ({
  name: 'elasticloadbalancing',
  version,
  xmlNamespace,
  operations,
});

/** A server with these operations, and a way to call it by hand. */
export async function serve(operations: Record<string, Operation>, options: Partial<QueryServerOptions> = {}) {
  const clock = createManualClock();
  const journal = createJournal();
  const faults = createFaults();
  const services = [serviceOf(operations)];
  const server = await createQueryServer({ services, faults, clock, journal, ...options });
  servers.push(server);
  const call = (form: Record<string, string>, headers: Record<string, string> = signed) =>
    fetch(server.url, { method: 'POST', body: new URLSearchParams({ Version: '2020-01-01', ...form }), headers });
  return { clock, journal, faults, server, call };
}

/** The error code of a reply. */
export const codeOf = async (response: Response) => /<Code>(.*)<\/Code>/.exec(await response.text())?.[1];
