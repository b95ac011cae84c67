import { draw, type Span } from './database/timings.ts';

/** How far the data plane of a Network Load Balancer is behind its API; AWS milliseconds. */
export type DelayProfile = {
  /** From a registration to the target's first health check. */
  readonly firstCheck: Span;
  /** From a registration until new connections can reach the target. */
  readonly registration: Span;
  /** From a deregistration, and from the end of its delay, until the load balancer acts on it. */
  readonly deregistration: Span;
  /** From a change of health until the load balancer acts on it. */
  readonly health: Span;
  /** From ModifyListener until new connections follow it. */
  readonly listener: Span;
};

const seconds = (min: number, max: number): Span => [min * 1000, max * 1000];

const reported: DelayProfile = {
  // 70–120 s before the first check: aws/containers-roadmap#469.
  firstCheck: seconds(70, 120),
  // 90–180 s: an AWS engineer in kubernetes-sigs/aws-load-balancer-controller#1834 (2021).
  registration: seconds(90, 180),
  // New connections for 75–120 s, even with a delay of 0: aws-load-balancer-controller#2366, #3270, containers-roadmap#470.
  deregistration: seconds(75, 120),
  // 30–40 s after the threshold is reached: containers-roadmap#470. For the way back to healthy it is inferred.
  health: seconds(30, 40),
  // About 75 s, measured in containers-roadmap#470 (2019); AWS gives no figure.
  listener: 75_000,
};

/** By name; docs/decisions/0006 lists the same figures. */
export const delayProfiles = {
  aws: reported,
  // 180–300 s: AWS support in aws-load-balancer-controller#1834 (2023).
  slow: { ...reported, registration: seconds(180, 300) },
  // No measurement: for tests that are about something else.
  ideal: { firstCheck: 15_000, registration: 15_000, deregistration: 0, health: 0, listener: 0 },
} satisfies Readonly<Record<string, DelayProfile>>;

export type DelayProfileName = keyof typeof delayProfiles;

/** The delays that apply now; another profile applies to what happens after the change. */
export type Delays = {
  draw(what: keyof DelayProfile): number;
  use(profile: DelayProfile | DelayProfileName): void;
};

/** @throws Error that lists the names */
export function delayProfile(name: string): DelayProfile {
  const profile = Object.entries(delayProfiles).find(([one]) => one === name)?.[1];
  if (profile) return profile;
  throw new Error(
    `there is no load balancer profile ${JSON.stringify(name)}; allowed: ${Object.keys(delayProfiles).join(', ')}`,
  );
}

const profileOf = (profile: DelayProfile | DelayProfileName): DelayProfile =>
  typeof profile === 'string' ? delayProfile(profile) : profile;

/** `random` gives [0, 1). */
export function createDelays(profile: DelayProfile | DelayProfileName, random: () => number): Delays {
  let present = profileOf(profile);
  return {
    draw: (what) => draw(present[what], random),
    use(next) {
      present = profileOf(next);
    },
  };
}
