import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AlarmEntry } from '../../../infra/reconciler/alarm.ts';
import { alarmCatalogue, otherAlarms } from '../../../infra/reconciler/alarm-catalogue.ts';
import { alarmNames, standbyAlarmNames } from '../../../lib/doctor/alarm-names.ts';
import { catalogue } from '../../../lib/doctor/catalogue.ts';
import type { HoldReason } from '../../../lib/domain.ts';
import type { ErrorCode } from '../../../lib/errors.ts';

// The compiler holds these complete: a new reason or code without a line here does not pass the type check.
const holdReasons = {
  NoWriter: 1,
  NoReader: 1,
  ClusterMember: 1,
  WriterWithoutEndpoint: 1,
  AddressUnknown: 1,
  AddressNotAllowed: 1,
  AddressNotOurs: 1,
  SourcesDisagree: 1,
  TwoWriters: 1,
  Unconfirmed: 1,
  TopologyUnavailable: 1,
} satisfies Record<HoldReason, 1>;

const errorCodes = {
  InvalidConfiguration: 1,
  InvalidEvent: 1,
  AccessDenied: 1,
  TargetGroupNotFound: 1,
  TargetRejected: 1,
  Throttled: 1,
  TimedOut: 1,
  ServiceUnavailable: 1,
  DeadlineExceeded: 1,
  Unexpected: 1,
} satisfies Record<ErrorCode, 1>;

const text = readFileSync(join(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');

const allAlarms: readonly AlarmEntry[] = [...Object.values(alarmCatalogue), ...Object.values(otherAlarms)];

/** Sections of level 3, by their chapter. */
const chapters = Object.fromEntries(
  text.split(/^## /m).map((chapter) => {
    const [title = '', ...sections] = chapter.split(/^### /m);
    return [title.split('\n')[0] ?? '', sections.map((section) => section.split('\n'))] as const;
  }),
);

const titlesOf = (chapter: string) => (chapters[chapter] ?? []).map(([title]) => title);

describe('the runbook', () => {
  test('has a section for each alarm, named as the link in its description, and no other', () => {
    expect(titlesOf('Alarms')).toEqual(allAlarms.map(({ name }) => name));
  });

  test('has a section for each reason of a hold, and no other', () => {
    expect(titlesOf('Holds').sort()).toEqual(Object.keys(holdReasons).sort());
  });

  test('has a section for each error code, and no other', () => {
    expect(titlesOf('Errors').sort()).toEqual(Object.keys(errorCodes).sort());
  });

  test('has a section for each check of the doctor, and no other, with the meaning that the doctor prints', () => {
    expect(titlesOf('Checks')).toEqual(Object.keys(catalogue));
    for (const [title = '', ...lines] of chapters.Checks ?? [])
      expect(lines.join(' '), title).toContain(`**Meaning.** ${catalogue[title as keyof typeof catalogue].meaning} `);
  });

  test('and the doctor know the same alarms', () => {
    expect([...alarmNames, ...standbyAlarmNames]).toEqual(Object.values(alarmCatalogue).map(({ name }) => name));
  });

  const sections = ['Alarms', 'Holds', 'Errors', 'Checks'].flatMap((chapter) => chapters[chapter] ?? []);

  test.each(sections.map(([title = '', ...lines]) => [title, lines.join('\n')]))(
    '%s says what it means, where to look and what to do',
    (_title, body) => {
      expect(body).toMatch(/\*\*Meaning\.\*\* [\s\S]+\*\*Look here\.\*\* [\s\S]+\*\*Do this\.\*\* /);
    },
  );

  test('links only to sections that it has', () => {
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [, anchor] of text.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
  });

  test('names the severities as the alarms do, where it names them', () => {
    for (const { name, severity } of allAlarms) {
      const [, told] = new RegExp(`### ${name}\\n[^#]*?Severity (\\w+)`).exec(text) ?? [];
      expect(told ?? severity, name).toBe(severity);
    }
  });

  test('names the severity of each alarm at the beginning', () => {
    const [, start = ''] = /### An alarm rings\n([\s\S]*?)^## /m.exec(text) ?? [];
    const told = [...start.matchAll(/^\| (`[^|]+`) \| ([A-Z][^|]+) \|/gm)].flatMap(([, names = '', severities = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = ''], index) => [name, severities.split(', ')[index]?.trim()]),
    );
    expect(Object.fromEntries(told)).toEqual(
      Object.fromEntries(Object.values(alarmCatalogue).map(({ name, severity }) => [name, severity])),
    );
    for (const { name } of Object.values(otherAlarms)) expect(start).toContain(`\`${name}\``);
  });
});
