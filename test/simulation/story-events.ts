import type { Database } from '../../lib/domain.ts';
import { outageMs } from './constants.ts';
import { type Meaning, type PayloadName, payloadOf } from './payloads.ts';
import type { Dice } from './random.ts';
import type { EventStep } from './script.ts';
import type { Truth } from './story-truth.ts';

export type StoryEvent = {
  readonly at: number;
  readonly payload: unknown;
  readonly sentAt?: number;
  readonly name?: PayloadName;
  readonly means?: Meaning;
  /** The second delivery of the same. */
  readonly isAgain?: boolean;
};

/** What EventBridge delivers, as far as it does: with `lost` ones left out. */
export const eventsOf = (dice: Dice, { kind }: Database, truths: readonly Truth[]): readonly StoryEvent[] =>
  deliveriesOf(dice, truths)
    .filter(({ delivery }) => delivery !== 'lost')
    .map(({ at, afterMs, payload, writer }) => ({
      at: at + afterMs,
      ...payloadOf(payload, { kind, at, writer: `orders-${writer}` }),
    }));

/** Some events never come, some twice, some minutes late, so that their order changes as well. */
export function deliveriesOf(dice: Dice, truths: readonly Truth[]): readonly EventStep[] {
  const sent = truths.slice(1).flatMap(({ at, writer }, index) => {
    const outage = index === 0 ? outageMs : at - 10_000;
    const started = event('started', outage + dice.between(0, 150), writer);
    const completed = event('completed', at + dice.between(3000, 42_000), writer);
    return index === 0 || truths[index]?.writer !== writer ? [started, completed] : [completed];
  });
  return sent.flatMap((one) => {
    if (dice.chance(0.15)) return [{ ...one, delivery: 'lost' as const }];
    const late = dice.chance(0.15) ? dice.between(5000, 120_000) : dice.between(50, 1000);
    const first = { ...one, afterMs: late };
    if (!dice.chance(0.15)) return [first];
    return [first, { ...first, delivery: 'again' as const, afterMs: late + dice.between(0, 20_000) }];
  });
}

const event = (payload: PayloadName, at: number, writer: string): EventStep => ({
  does: 'event',
  at,
  payload,
  delivery: 'once',
  afterMs: 0,
  writer: Number(writer.replace('orders-', '')) as EventStep['writer'],
});
