import { type DrillRecord, type Observation, ofKind, type Sample, type Share, type Step } from './record.ts';
import { keyOf } from './sample.ts';

type Measured = {
  readonly observations: readonly Observation[];
  readonly before: Sample;
  /** The writer's address at the end. */
  readonly dns: string;
  readonly port: number;
};

/**
 * The outage divided among those who had to act: the database promotes another host, AWS shows it, a function registers it, and the
 * load balancer begins to use it. A part whose end was not seen counts to the next one. None while the outage lasts.
 */
export function sharesOf(measured: Measured, steps: readonly Step[], outageAt: number): readonly Share[] {
  const atOf = (name: Step['name']) => steps.find((step) => step.name === name)?.atMs;
  const end = atOf('first write');
  if (end === undefined) return [];
  const promotion = atOf('promotion');
  const isStandby = measured.before.targets.some((target) =>
    target.startsWith(`${keyOf(measured.dns, measured.port)} `),
  );
  // A standby that is registered beforehand needs neither: only its health has to be seen.
  const registered = isStandby ? (promotion ?? 0) : atOf('reconcile');
  const ends = [
    ['database', promotion],
    ['known', earliest(shownMs(measured, outageAt), atOf('DNS'), registered)],
    ['registered', registered],
    ['load balancer', end],
  ] as const;
  const shares: Share[] = [];
  let from = 0;
  let unseen: Share['parts'] = [];
  for (const [part, at] of ends) {
    const parts = [...unseen, part];
    unseen = at === undefined ? parts : [];
    if (at === undefined) continue;
    const to = Math.min(Math.max(at, from), end);
    shares.push({ parts, fromMs: from, ms: to - from });
    from = to;
  }
  return shares;
}

/** When the RDS API named another writer. A Multi-AZ instance keeps its name. */
function shownMs({ observations, before }: Measured, outageAt: number): number | undefined {
  const named = ofKind(observations, 'topology').find(
    ({ at, writer }) => at >= outageAt && writer !== undefined && writer !== before.writer,
  );
  return named && named.at - outageAt;
}

const earliest = (...times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
};

/** What each part of an outage waits for. */
const partMeanings: Readonly<Record<Share['parts'][number], string>> = {
  database: 'RDS promotes another host',
  known: 'AWS shows it, in DNS or in the RDS API',
  registered: 'a function registers it',
  'load balancer': 'the load balancer uses it',
};

export type ShareText = { readonly name: string; readonly percent: string; readonly meaning: string };

/** For people. The last part ends with the first write, or connection where nothing is written. */
export function shareText({ parts, ms }: Share, shares: readonly Share[], probe: DrillRecord['probe']): ShareText {
  const back = probe === 'tcp' ? 'first connection' : 'first write';
  const whole = shares.reduce((sum, one) => sum + one.ms, 0);
  return {
    name: parts.join(' + '),
    percent: `${whole === 0 ? 0 : Math.round((ms / whole) * 100)} %`,
    meaning: parts.map((part) => partMeanings[part] + (part === 'load balancer' ? ` (${back})` : '')).join('; '),
  };
}
