import type { Timers } from '../clock.ts';
import type { Network } from '../network.ts';
import type { Engine } from '../types.ts';
import type { EventContent } from './events.ts';
import { type Address, type Change, type DatabaseState, reachable, silentPlaces } from './state.ts';
import type { Timings } from './timings.ts';

/** The truth of one database, and what its operations work with. */
export type World = {
  readonly engine: Engine;
  /** Whether hosts die without a FIN or RST. */
  readonly silentDeaths: boolean;
  readonly timers: Timers;
  readonly random: () => number;
  state(): DatabaseState;
  /** Moves the truth and the network at once; resolves when the views have caught up. */
  commit(change: Change): Promise<void>;
  /** Operations that move the truth wait for one another. */
  turn<T>(work: () => Promise<T>): Promise<T>;
  /** How long the step takes this time. */
  span(step: keyof Timings): number;
  /** Sends an event of the catalogue (`0013`) now, or after `awsMs`. */
  send(id: string, content: Omit<EventContent, 'date'>, awsMs?: number): Promise<void>;
  note(what: string, detail: Readonly<Record<string, unknown>>): void;
  newAddress(availabilityZone: string): Address;
  /** Hosts that are coming back. */
  readonly rejoins: Set<Promise<void>>;
};

/** Attaches and detaches what the change of state made reachable or unreachable. */
export function followState(network: Network, engine: Engine, before: DatabaseState, after: DatabaseState): void {
  const key = ({ ip, port, hostId }: { ip: string; port: number; hostId: string }) => `${ip}|${port}|${hostId}`;
  const placeKey = ({ ip, port }: { ip: string; port: number }) => `${ip}|${port}`;
  const wanted = new Set(reachable(after).map(key));
  const present = new Set(reachable(before).map(key));
  const quiet = new Set(silentPlaces(after).map(placeKey));
  for (const old of silentPlaces(before)) if (!quiet.has(placeKey(old))) network.detach(old.ip, old.port);
  for (const old of reachable(before)) {
    if (wanted.has(key(old))) continue;
    if (quiet.has(placeKey(old))) network.silence(old.ip, old.port);
    else network.detach(old.ip, old.port);
  }
  for (const place of reachable(after)) {
    if (!present.has(key(place))) network.attach(place.ip, place.port, engine.localPort(place.hostId));
  }
}
