import type { EventPattern } from '../../../infra/reconciler/event-pattern.ts';
import type { SandboxClock } from '../../world/clock.ts';
import { scheduledEvent } from '../../world/database/events.ts';
import { createRandom } from '../../world/database/random.ts';
import { draw, type Span } from '../../world/database/timings.ts';
import type { Journal } from '../../world/journal.ts';
import { home } from '../../world/network.ts';
import type { EventBridgeEvent } from '../../world/types.ts';
import { matcherOf } from './event-pattern.ts';

type EventRule = {
  readonly name: string;
  readonly pattern: EventPattern;
  /** The function that it invokes, as the API returns it. */
  readonly targetArn?: string;
};

type Target = {
  readonly rule: EventRule;
  readonly matches: (event: EventBridgeEvent) => boolean;
  readonly deliver: (event: EventBridgeEvent) => void;
};

/** A rule as the API knows it, or a schedule of EventBridge Scheduler. */
export type RuleState = {
  readonly name: string;
  readonly targetArn?: string | undefined;
  /** Of the events that a rule delivers. */
  readonly pattern?: EventPattern;
  /** The expression of a schedule. */
  readonly schedule?: string;
  /** A disabled one delivers nothing. */
  isEnabled: boolean;
  /** When it matched or was due, AWS ms since the sandbox started. */
  readonly firedAt: number[];
};

/** Faults of event delivery; schedules are not affected. EventBridge guarantees neither order nor arrival. */
export type Delivery = {
  /** Nothing arrives. */
  readonly loseAll?: boolean;
  readonly lose?: (event: EventBridgeEvent) => boolean;
  /** AWS ms between `put` and the delivery. */
  readonly delayMs?: Span;
  /** Every event arrives twice. */
  readonly duplicate?: boolean;
  /** Delays each delivery by up to this many AWS ms (true: two minutes), so that the order changes. */
  readonly shuffle?: boolean | number;
};

export type EventBridge = {
  /** Delivers every event that the rule matches; the returned function removes the target. */
  target(rule: EventRule, deliver: (event: EventBridgeEvent) => void): () => void;
  put(event: EventBridgeEvent): void;
  /** EventBridge Scheduler: delivers a Scheduled Event every `everyAwsMs`; the returned function ends it. */
  schedule(
    name: string,
    everyAwsMs: number,
    deliver: (event: EventBridgeEvent) => void,
    targetArn?: string,
  ): () => void;
  /** Of the event bus. */
  rules(): readonly RuleState[];
  /** A rule, or a schedule. */
  rule(name: string): RuleState | undefined;
  /** For events put from now on. */
  delivery(delivery: Delivery): void;
  /** Drops undelivered events and ends every schedule. */
  close(): void;
};

const SHUFFLE_MS = 120_000;

const shuffleMs = ({ shuffle = false }: Delivery) => (typeof shuffle === 'number' ? shuffle : shuffle ? SHUFFLE_MS : 0);

/** The default event bus of one account. */
export function createEventBridge(options: {
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly random?: () => number;
  readonly region?: string;
  readonly account?: string;
}): EventBridge {
  const { clock, journal, random = createRandom(2), region = home.region, account = home.account } = options;
  const targets = new Set<Target>();
  const cancels = new Set<() => void>();
  const rules = new Map<string, RuleState>();
  let policy: Delivery = {};

  const fires = (name: string): boolean => {
    const rule = rules.get(name);
    if (!rule?.isEnabled) return false;
    rule.firedAt.push(clock.elapsed());
    return true;
  };

  const deliverLater = (event: EventBridgeEvent, rule: EventRule, deliver: (event: EventBridgeEvent) => void) => {
    const delay = draw(policy.delayMs ?? 0, random) + random() * shuffleMs(policy);
    const cancel = clock.after(delay, () => {
      cancels.delete(cancel);
      journal.write('eventbridge', 'event-delivered', { rule: rule.name, id: event.id, eventId: event.detail.EventID });
      deliver(event);
    });
    cancels.add(cancel);
  };

  return {
    target(rule, deliver) {
      const target = { rule, matches: matcherOf(rule.pattern), deliver };
      targets.add(target);
      rules.set(rule.name, { ...rule, isEnabled: true, firedAt: [] });
      return () => {
        targets.delete(target);
        rules.delete(rule.name);
      };
    },
    put(event) {
      if (policy.loseAll || policy.lose?.(event)) {
        journal.write('eventbridge', 'event-lost', { id: event.id, eventId: event.detail.EventID });
        return;
      }
      for (const { rule, matches, deliver } of targets) {
        if (!matches(event) || !fires(rule.name)) continue;
        for (let copy = 0; copy < (policy.duplicate ? 2 : 1); copy += 1) deliverLater(event, rule, deliver);
      }
    },
    schedule(name, everyAwsMs, deliver, targetArn = `arn:aws:lambda:${region}:${account}:function:${name}`) {
      const minutes = everyAwsMs / 60_000;
      const schedule = `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`;
      rules.set(name, { name, targetArn, schedule, isEnabled: true, firedAt: [] });
      const arn = `arn:aws:scheduler:${region}:${account}:schedule/${name}/${name}`;
      const stop = clock.every(everyAwsMs, () => {
        if (!fires(name)) return;
        const event = scheduledEvent(arn, clock.date(), random);
        journal.write('eventbridge', 'event-delivered', { rule: name, id: event.id });
        deliver(event);
      });
      const end = () => {
        cancels.delete(end);
        rules.delete(name);
        stop();
      };
      cancels.add(end);
      return end;
    },
    rules: () => [...rules.values()].filter(({ schedule }) => schedule === undefined),
    rule: (name) => rules.get(name),
    delivery(given) {
      policy = given;
    },
    close() {
      for (const cancel of [...cancels]) cancel();
      cancels.clear();
      targets.clear();
    },
  };
}
