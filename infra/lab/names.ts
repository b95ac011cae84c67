/* What the lab's stacks and what is in them is called: for the stacks, and for the program that deploys, destroys and looks for leftovers. */

/** Every resource that can be tagged has this tag, with the run's id. */
export const labTag = 'rds-target-lab';

/** In the order of their deployment; `proof` only while an experiment has it. */
export const labParts = ['switch', 'databases', 'services', 'consumer', 'proof'] as const;
export type LabPart = (typeof labParts)[number];

export const stackNameOf = (run: string, part: LabPart): string => `rds-target-lab-${run}-${part}`;

/** What begins the names of one reconciler's functions: `…failover`, `…drift`, `…registration`. */
export const functionPrefixOf = (run: string, service: string): string => `lab-${run}-${service}-`;

/** What is wrong in the stack `proof`: its database's identifier, or this zone is missing from its load balancer. */
export type Proof = 'mistyped' | `without-${string}`;

/** What one run of the lab is deployed with. */
export type LabSettings = {
  /** Tells one run from another: 4 to 10 of a-z 0-9, a letter first. */
  readonly run: string;
  /** When the dead man's switch begins to delete: `2026-12-01T14:00:00Z`. */
  readonly until: string;
  /** Three Availability Zones that offer both instance classes. */
  readonly zones: readonly string[];
  readonly region: string;
  /** Without it the templates fit any account. */
  readonly account?: string;
  /** Without it there is no stack `proof`. */
  readonly proof?: Proof;
};

type Given = Readonly<Record<'run' | 'until' | 'zones' | 'region' | 'account', unknown>> & { readonly proof?: unknown };

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * The settings that `-c` and the environment give.
 * @throws Error with every problem
 */
export function labSettings({ run, until, zones, region, account, proof }: Given): LabSettings {
  const list =
    text(zones) === '' ? ['a', 'b', 'c'].map((letter) => `${text(region)}${letter}`) : text(zones).split(',');
  const settings = { run: text(run), until: text(until), zones: list, region: text(region), account: text(account) };
  const isZone = (zone: string) =>
    /^[a-z]$/.test(zone.slice(settings.region.length)) && zone.startsWith(settings.region);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(settings.until) && !Number.isNaN(Date.parse(settings.until));
  const problems = [
    ...(/^[a-z][a-z0-9]{3,9}$/.test(settings.run) ? [] : [told('-c run', run, '4 to 10 of a-z 0-9, a letter first')]),
    ...(isTime ? [] : [told('-c until', until, 'a time in UTC such as 2026-12-01T14:00:00Z')]),
    ...(/^[a-z]{2}(-[a-z]+)+-\d$/.test(settings.region) ? [] : [told('CDK_DEFAULT_REGION', region, 'a Region')]),
    ...(new Set(list).size === 3 && list.every(isZone) ? [] : [told('-c zones', zones, 'three zones of the Region')]),
    ...(isProof(proof, list)
      ? []
      : [told('-c proof', proof, `mistyped, ${list.map((zone) => `without-${zone}`).join(', ')}`)]),
    ...(/^(\d{12})?$/.test(settings.account) ? [] : [told('CDK_DEFAULT_ACCOUNT', account, 'an account of 12 digits')]),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const { account: known, ...others } = settings;
  return { ...others, account: known === '' ? undefined : known, ...(proof ? { proof: proof as Proof } : {}) };
}

const isProof = (proof: unknown, zones: readonly string[]): boolean =>
  [undefined, 'mistyped', ...zones.map((zone) => `without-${zone}`)].includes(proof as string);

const told = (name: string, value: unknown, allowed: string): string =>
  `${name} is ${JSON.stringify(value ?? 'missing')}; allowed: ${allowed}`;
