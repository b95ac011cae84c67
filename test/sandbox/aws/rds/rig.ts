import { RDSClient } from '@aws-sdk/client-rds';
import { createRds } from '../../../../sandbox/aws/rds/rds.ts';
import { createFaults } from '../../../../sandbox/aws/wire/faults.ts';
import { createQueryServer } from '../../../../sandbox/aws/wire/server.ts';
import type { DatabaseOptions } from '../../../../sandbox/world/database/types.ts';
import { closeRigs, createRig } from '../../world/database/rig.ts';

const closers: (() => Promise<void>)[] = [];
export async function closeServers(): Promise<void> {
  await Promise.all(closers.splice(0).map((close) => close()));
  await closeRigs();
}

/** A database behind the wire, and the SDK's client for it, which makes one attempt per call. */
export async function serve(
  options: Partial<DatabaseOptions> = {},
  account: Pick<Parameters<typeof createRds>[0], 'extra' | 'parameterGroups'> = {},
) {
  const rig = await createRig(options);
  const { clock, journal, database } = rig;
  const { service } = createRds({ databases: () => [database], clock, journal, ...account });
  const server = await createQueryServer({
    services: [service],
    faults: createFaults(),
    clock,
    journal,
    throttling: false,
  });
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  const client = new RDSClient({ region: 'eu-central-1', endpoint: server.url, credentials, maxAttempts: 1 });
  closers.push(async () => {
    client.destroy();
    await server.close();
  });
  return { ...rig, client };
}
