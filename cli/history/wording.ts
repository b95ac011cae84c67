import { eventId } from '../../lib/events.ts';

/*
 * DescribeEvents gives an event's wording and not its number; EventBridge, and so the functions' reports, give the number. The wording is
 * that of "Amazon RDS event categories and event messages" in the RDS and Aurora user guides. Only events that tell of a failover.
 */
const wordings: readonly (readonly [number: number, wording: RegExp])[] = [
  [6, /^DB instance restarted/i],
  [13, /^Multi-AZ instance failover started/i],
  [15, /^Multi-AZ failover to standby complete/i],
  [34, /^Abandoning user requested failover/i],
  [49, /^Multi-AZ instance failover completed/i],
  [50, /^Multi-AZ instance activation started/i],
  [51, /^Multi-AZ instance activation completed/i],
  [65, /^Recovered from partial failover/i],
  [69, /^Cluster failover failed/i],
  [70, /^Promoting previous primary again/i],
  [71, /^Completed failover to DB instance/i],
  [72, /^Started same AZ failover/i],
  [73, /^Started cross AZ failover/i],
];

export function eventIdOf(message: string): string | undefined {
  const number = wordings.find(([, wording]) => wording.test(message))?.[0];
  return number === undefined ? undefined : eventId(number);
}
