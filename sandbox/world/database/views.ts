import type { Timers } from '../clock.ts';
import type { Journal } from '../journal.ts';
import type { Zone } from '../types.ts';
import type { DatabaseState } from './state.ts';
import { draw, type Span, type Timings } from './timings.ts';
import type { DnsFaults } from './types.ts';
import { type DatabaseView, topologyText, viewOf, withZones, zonesOf } from './view.ts';
import { changedNames, createZone, type DnsRecords, recordsOf } from './zone.ts';

/** A delayed view of a value: every change, in order, later. */
type LaggingView<T> = {
  read(): T;
  /** The value before the last change that was seen. */
  previous(): T;
  /** Resolves when the change is due, whether it is seen or held back by `freeze`. A repeated value is no change. */
  publish(value: T): Promise<void>;
  freeze(): void;
  /** Shows at once what was held back. */
  thaw(): void;
};

function createLaggingView<T>(options: {
  readonly timers: Timers;
  readonly initial: T;
  /** AWS ms for the next change. */
  readonly lag: () => number;
  readonly onChange: (value: T, previous: T) => void;
}): LaggingView<T> {
  const { timers, lag, onChange } = options;
  const waiting: T[] = [];
  const held: T[] = [];
  let current = options.initial;
  let previous = options.initial;
  let frozen = false;
  let last = { text: JSON.stringify(current), due: 0, done: Promise.resolve() };

  const show = (value: T) => {
    previous = current;
    current = value;
    onChange(current, previous);
  };
  // Whichever timer fires, the oldest change is the one that becomes visible: a short lag never overtakes a long one.
  const nextIsDue = () => {
    for (const value of waiting.splice(0, 1)) {
      if (frozen) held.push(value);
      else show(value);
    }
  };

  return {
    read: () => current,
    previous: () => previous,
    publish(value) {
      const text = JSON.stringify(value);
      if (text === last.text) return last.done;
      const due = Math.max(timers.now() + lag(), last.due);
      waiting.push(value);
      const done = timers.sleep(due - timers.now()).then(nextIsDue);
      done.catch(() => {}); // Callers need not wait for it, and closing rejects it.
      last = { text, due, done };
      return done;
    },
    freeze: () => {
      frozen = true;
    },
    thaw() {
      frozen = false;
      for (const value of held.splice(0)) show(value);
    },
  };
}

type Views = {
  readonly zone: Zone;
  readonly dns: DnsFaults;
  describe(): DatabaseView;
  /** Resolves when DNS has settled on this state and it is due in the API. */
  publish(state: DatabaseState): Promise<void>;
  freezeApiView(): void;
  thawApiView(): void;
  setApiLag(awsMs: Span | undefined): void;
  overrideApiView(bend: ((view: DatabaseView) => DatabaseView) | undefined): void;
};

type Options = {
  readonly initial: DatabaseState;
  readonly region: string;
  readonly account: string;
  readonly timers: Timers;
  readonly timings: Timings;
  readonly random: () => number;
  readonly journal: Journal;
  readonly onDnsChange: () => void;
};

function createDnsView(options: Options) {
  const { initial, region, timers, timings, random, journal, onDnsChange } = options;
  let older: DnsRecords = {};
  let settled = Promise.resolve();

  const flapFor = async (awsMs: number, names: readonly string[]) => {
    if (awsMs <= 0) return;
    const stop = zone.flap(names);
    await timers.sleep(awsMs).finally(stop);
    journal.write('dns', 'dns-settled', { database: initial.id, names });
  };
  const view = createLaggingView<DnsRecords>({
    timers,
    initial: recordsOf(initial, region),
    lag: () => draw(timings.dnsLag, random),
    onChange(records, previous) {
      const names = changedNames(previous, records);
      older = { ...older, ...Object.fromEntries(names.map((name) => [name, previous[name]])) };
      journal.write('dns', 'dns-changed', { database: initial.id, names, records });
      settled = flapFor(draw(timings.dnsFlap, random), names);
      settled.catch(() => {});
      onDnsChange();
    },
  });
  const zone = createZone({ records: view.read, older: () => older, random });

  return {
    zone: zone.zone,
    dns: {
      override: zone.override,
      flap: (awsMs: number) => void flapFor(awsMs, Object.keys(older)).catch(() => {}),
    },
    publish: (state: DatabaseState) => view.publish(recordsOf(state, region)).then(() => settled),
  };
}

function createApiView(options: Options) {
  const { initial, region, account, timers, timings, random, journal } = options;
  const place = { region, account };
  let lag: Span = timings.apiLag;
  let bend = (view: DatabaseView) => view;

  const view = createLaggingView({
    timers,
    initial: viewOf(initial, place),
    lag: () => draw(lag, random),
    onChange(now, before) {
      const what = topologyText(now) === topologyText(before) ? 'api-status-changed' : 'api-changed';
      const writer = now.instances.find(({ isWriter }) => isWriter)?.id;
      journal.write('rds', what, { database: initial.id, writer, status: now.cluster?.status });
    },
  });
  const zones = createLaggingView({
    timers,
    initial: zonesOf(view.read()),
    lag: () => draw(timings.availabilityZoneLag, random),
    onChange: (now) => journal.write('rds', 'api-zones-changed', { database: initial.id, zones: now }),
  });

  return {
    describe: () => bend(withZones(view.read(), zones.read())),
    publish(state: DatabaseState) {
      const next = viewOf(state, place);
      // Members of a cluster stay where they are; only a Multi-AZ instance moves from zone to zone.
      if (state.kind === 'instance') void zones.publish(zonesOf(next));
      return view.publish(next);
    },
    freezeApiView: view.freeze,
    thawApiView: view.thaw,
    setApiLag(awsMs: Span | undefined) {
      lag = awsMs ?? timings.apiLag;
    },
    overrideApiView(given: ((view: DatabaseView) => DatabaseView) | undefined) {
      bend = given ?? ((same) => same);
    },
  };
}

/** What the world sees of the database: DNS and the API, each in its own time. */
export function createViews(options: Options): Views {
  const dnsView = createDnsView(options);
  const { publish: publishToApi, ...apiView } = createApiView(options);
  return {
    ...apiView,
    zone: dnsView.zone,
    dns: dnsView.dns,
    publish: async (state) => {
      await Promise.all([dnsView.publish(state), publishToApi(state)]);
    },
  };
}
