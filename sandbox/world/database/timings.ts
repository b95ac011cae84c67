/** AWS milliseconds: exact, or between two bounds. */
export type Span = number | readonly [min: number, max: number];

/** How long each step takes, in AWS milliseconds. Defaults are what AWS documents or others measured. */
export type Timings = {
  /** From the outage to the first event. */
  readonly startedEvent: Span;
  /** From the outage to the promotion of the successor. */
  readonly promotion: Span;
  /** How long before the promotion the event of the restart is sent: it was seen to come too early. */
  readonly restartEventLead: Span;
  /** From the promotion to the change in DNS. */
  readonly dnsLag: Span;
  /** How long DNS alternates between old and new answers after a change; 0 is off, AWS was seen to need 20–30 s. */
  readonly dnsFlap: Span;
  /** From a change to its appearance in the API. */
  readonly apiLag: Span;
  /** From a change of a Multi-AZ instance's zone to its appearance in the API. Operations do not wait for it. */
  readonly availabilityZoneLag: Span;
  /** From the promotion to the event of the completed failover. */
  readonly completedEvent: Span;
  /** From the promotion to the return of the old host. */
  readonly rejoin: Span;
  /** How long a host is away when it restarts in place, is replaced, or changes its port. */
  readonly restart: Span;
};

const seconds = (min: number, max: number): Span => [min * 1000, max * 1000];

const common: Omit<Timings, 'promotion' | 'rejoin'> = {
  startedEvent: [0, 150],
  restartEventLead: 5000,
  dnsLag: seconds(15, 20),
  dnsFlap: 0,
  apiLag: seconds(1, 5),
  availabilityZoneLag: seconds(60, 540),
  completedEvent: seconds(3, 42),
  restart: seconds(5, 20),
};

export const defaultTimings: Readonly<Record<'instance' | 'cluster', Timings>> = {
  instance: { ...common, promotion: seconds(15, 39), rejoin: seconds(30, 60) },
  cluster: { ...common, promotion: seconds(10, 30), rejoin: seconds(5, 20) },
};

/** A draw from the span. */
export const draw = (span: Span, random: () => number): number =>
  typeof span === 'number' ? span : span[0] + random() * (span[1] - span[0]);
