import { createGroupPorts } from '../../lib/adapters/ports.ts';
import type { Config } from '../../lib/settings/config.ts';
import type { Session } from '../access/session.ts';
import { createDrilledDatabase } from './adapters/rds.ts';
import { functionChronicle, rdsChronicle } from './adapters/records.ts';
import { chooseClient, type Login } from './clients/choose.ts';
import type { Address } from './clients/tcp.ts';
import type { DrillPorts } from './ports.ts';
import type { DrillRecord } from './record.ts';

const limits = { timeoutMs: 1000, holdMs: 50, patienceMs: 120_000 };

/** The drill's ports on AWS, with the operator's credentials and from the operator's place in the network. */
export async function awsPorts(
  { clients, selection }: Pick<Session, 'clients' | 'selection'>,
  config: Config,
  database: DrillRecord['database'],
  endpoint: Address,
  login: Login,
): Promise<DrillPorts> {
  const { region, functionNames } = selection;
  return {
    database: createDrilledDatabase(clients.rds(), database),
    ...createGroupPorts(clients, config),
    client: await chooseClient(login, endpoint, limits),
    chronicles: [
      rdsChronicle(clients, database, region),
      ...functionNames.map((name) => functionChronicle(clients, name, region)),
    ],
  };
}
