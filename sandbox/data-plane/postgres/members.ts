import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import type { Host } from '../../world/types.ts';
import type { Access } from './access.ts';
import type { Server } from './server.ts';
import { MEMBER_FILE, memberFile } from './settings.ts';

/** One host of the engine and the server that runs on it. */
export type Member = {
  readonly host: Host;
  readonly port: number;
  readonly access: Access;
  /** Straight to this host. */
  readonly connection: ClientConfig;
  readonly dataDirectory: string;
  readonly log: string;
  readonly clusterName: string;
  server: Server | undefined;
  /** Counts the times that the host was killed: work that was begun for an earlier life must not go on. */
  life: number;
  /** The primary waits for this standby before it acknowledges a transaction. */
  required: boolean;
  /** This standby has every acknowledged transaction: it may be promoted. */
  current: boolean;
  /** A standby's way to a new primary, while it is under way. */
  following: Promise<void>;
};

export const isRunning = (member: Member): boolean => member.server?.isRunning() ?? false;

/** Work for a host that was killed since is given up. */
export function assertSameLife(member: Member, life: number): void {
  if (member.life !== life) throw new Error(`${member.host.id} was killed meanwhile`);
}

/** Writes the member's settings for its present role. */
export function writeSettings(member: Member, primary: Member, members: readonly Member[]): void {
  const { port, clusterName, host, access } = member;
  const isPrimary = member === primary;
  const required = members.filter((other) => other.required && other !== primary).map((other) => other.host.id);
  const content = memberFile({
    port,
    clusterName,
    upstream: isPrimary ? undefined : { ...access, port: primary.port, as: host.id },
    // A standby must not wait for anyone in the moment of its promotion.
    synchronous: isPrimary ? required : [],
  });
  writeFileSync(join(member.dataDirectory, MEMBER_FILE), content);
}

/** Lets the primary wait for exactly the required standbys. */
export function applyRequired(primary: Member, members: readonly Member[]): void {
  if (!isRunning(primary)) return;
  writeSettings(primary, primary, members);
  primary.server?.reload();
}
