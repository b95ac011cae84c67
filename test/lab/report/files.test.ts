import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkFiles, filesOf, reportOf, saveReport } from '../../../lab/report/files.ts';
import { labHtml } from '../../../lab/report/page.ts';
import { firstState, temporaryFile } from '../rig.ts';

const report = reportOf(firstState, []);
const names = ['lab.fixtures.json', 'lab.html', 'lab.json'];

describe('the files of a report', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['nothing', {}],
    ['a report', { 'lab.html': labHtml(report), 'lab.json': '{}', 'lab.fixtures.json': '{}' }],
    ['a page that a killed process had only begun', { 'lab.html': '' }],
    ['a page without the rest, as a killed process leaves it', { 'lab.html': labHtml(report) }],
    ['a page that a killed process was replacing', { 'lab.html': labHtml(report), '.lab.html.rds-target': '<!doc' }],
  ])('take the place of %s', async (_, before) => {
    const html = temporaryFile('lab.html');
    for (const [name, text] of Object.entries(before)) writeFileSync(join(dirname(html), name), text);
    await checkFiles(filesOf(html));
    await saveReport(report, { events: [] }, filesOf(html));
    await saveReport(report, { events: [1] }, filesOf(html));
    expect(readdirSync(dirname(html)).toSorted()).toEqual(names);
    expect(JSON.parse(readFileSync(filesOf(html).fixtures, 'utf8'))).toEqual({ events: [1] });
    expect(JSON.parse(readFileSync(filesOf(html).json, 'utf8'))).toMatchObject({ version: 1, results: [] });
  });

  test.each<[string, string, string]>([
    ['a page of others', 'lab.html', 'it is no report of a lab'],
    ['JSON of others', 'lab.json', 'exists without the report of a lab next to it'],
    ['fixtures without a report', 'lab.fixtures.json', 'exists without the report of a lab next to it'],
  ])('do not take the place of %s', async (_, name, message) => {
    const html = temporaryFile('lab.html');
    writeFileSync(join(dirname(html), name), 'theirs');
    await expect(checkFiles(filesOf(html))).rejects.toThrow(message);
  });

  test('begin with the page, by which a later process knows whose they are', async () => {
    const html = temporaryFile('lab.html');
    mkdirSync(filesOf(html).json);
    await expect(saveReport(report, {}, filesOf(html))).rejects.toThrow('is a link, a directory or a device');
    expect(readdirSync(dirname(html)).toSorted()).toEqual(['lab.html', 'lab.json']);
  });

  test('do not take the place of a directory', async () => {
    const html = temporaryFile('lab.html');
    mkdirSync(html);
    await expect(checkFiles(filesOf(html))).rejects.toThrow(/is a link, a directory or a device\)\nNext: name another/);
  });
});
