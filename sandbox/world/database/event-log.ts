import type { Journal } from '../journal.ts';
import type { EventBridgeEvent } from '../types.ts';

const KEPT = 1000;

export type EventLog = {
  emit(event: EventBridgeEvent): void;
  /** The latest, oldest first. */
  events(): readonly EventBridgeEvent[];
  onEvent(listener: (event: EventBridgeEvent) => void): () => void;
};

/** What a database has sent, for listeners and for DescribeEvents. */
export function createEventLog(journal: Journal, database: string): EventLog {
  const listeners = new Set<(event: EventBridgeEvent) => void>();
  const sent: EventBridgeEvent[] = [];
  return {
    emit(event) {
      sent.push(event);
      if (sent.length > KEPT) sent.shift();
      const { EventID: eventId, SourceIdentifier: source } = event.detail;
      journal.write('database', 'event-emitted', { database, eventId, source, detailType: event['detail-type'] });
      for (const listener of listeners) listener(event);
    },
    events: () => sent,
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
