import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { stackNameOf } from '../../infra/config/database-entry.ts';
import { alarmNames } from '../../lib/doctor/alarm-names.ts';
import { awsError } from '../access/call.ts';
import { type Clients, clientSettings } from '../access/clients.ts';
import type { Session } from '../access/session.ts';

/** Which alarms of a database ring: their names without the stack's. */
export type Alarms = { ringing(session: Session): Promise<readonly string[]>; close(): void };

/** Reads what rings in a Region once, for all its databases: CloudWatch answers nine such calls a second. */
export function createAlarms(): Alarms {
  const clients: CloudWatchClient[] = [];
  const known = new Map<Clients, Promise<ReadonlySet<string>>>();
  const read = (session: Session): Promise<ReadonlySet<string>> => {
    const found = known.get(session.clients);
    if (found) return found;
    const client = new CloudWatchClient(clientSettings(session.clients.access));
    clients.push(client);
    const names = ringingIn(client).catch((error: unknown) => {
      throw awsError(error, { action: 'cloudwatch:DescribeAlarms', region: session.selection.region });
    });
    known.set(session.clients, names);
    return names;
  };
  return {
    async ringing(session) {
      const { entry, name } = session.selection;
      const stack = entry ? stackNameOf(entry) : name;
      const names = await read(session);
      return alarmNames.filter((alarm) => names.has(`${stack}-${alarm}`));
    },
    close() {
      for (const client of clients) client.destroy();
    },
  };
}

async function ringingIn(client: CloudWatchClient): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const asked = { StateValue: 'ALARM', AlarmTypes: ['MetricAlarm'], MaxRecords: 100 } as const;
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms(
    { client },
    { ...asked, AlarmTypes: [...asked.AlarmTypes] },
  ))
    for (const { AlarmName } of MetricAlarms) if (AlarmName) names.add(AlarmName);
  return names;
}
