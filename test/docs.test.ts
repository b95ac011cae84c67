import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

/* What the README and the guides point at is there: files, sections, scripts, commands of the package. */

const root = join(import.meta.dirname, '..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

/** Decisions that tell of files by the names which they had then. */
const records = ['0003-', '0013-', '0017-'];

const folderNamed = /^(?:bench|cli|functions|infra|lab|lib|sandbox|scripts|test)\/(?:[\w-]+\/)*$/;

/** Code is no link, and a `#` in it no heading. */
const prose = (page: string): string => readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');

const linksOf = (page: string): string[] =>
  [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link));

/** Names of sections as GitHub makes them: the second of two equal ones gets -1. */
function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(page).matchAll(/^#+ +(.+?) *$/gm)].map(([, title = '']) => {
    const slug = title
      .toLowerCase()
      .replace(/\]\([^)]*\)/g, '')
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

function isBroken(page: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page : relative(root, join(root, dirname(page), file));
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && !(target.endsWith('.md') && anchorsOf(target).includes(anchor));
}

describe('README, CONTRIBUTING, CHANGELOG and docs', () => {
  test('link only to files and sections that are there', () => {
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter((link) => isBroken(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
    expect(linksOf('README.md').length).toBeGreaterThan(15);
  });

  test('name only files and scripts that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const wrong = pages.flatMap((page) => {
      const text = readFileSync(join(root, page), 'utf8');
      const files = [
        ...text.matchAll(
          /(?<![\w/.-])(?:bench|cli|docs|examples|functions|infra|lab|lib|sandbox|scripts|test)\/[\w./-]+\.(?:md|json|ts|mjs)\b/g,
        ),
      ];
      const named = [...text.matchAll(/\bnpm run (?:-s )?([a-z][\w-]*)/g)];
      return [
        ...files.map(([file]) => file).filter((file) => !file.includes('NNNN') && !existsSync(join(root, file))),
        ...named.map(([, script = '']) => script).filter((script) => !(script in scripts)),
      ].map((name) => `${page}: ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  test('name only source files and folders that are there, but for records of how things were', () => {
    const sources = ['bench', 'cli', 'functions', 'infra', 'lib', 'sandbox', 'scripts', 'test'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    );
    const names = new Set(sources.map((file) => basename(file)));
    const wrong = pages
      .filter((page) => !records.some((record) => page.startsWith(join('docs', 'decisions', record))))
      .flatMap((page) => {
        const code = [...prose(page).matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
        return code
          .filter((text) => /^[a-z][\w-]*\.ts$/.test(text) && !names.has(text))
          .concat(code.filter((text) => folderNamed.test(text) && !existsSync(join(root, text))))
          .map((name) => `${page}: ${name}`);
      });
    expect(wrong).toEqual([]);
  });

  test('lead from the README to every guide', () => {
    const reached = new Set(['README.md']);
    for (const page of reached)
      for (const link of linksOf(page)) {
        const target = relative(root, join(root, dirname(page), link.split('#')[0] ?? ''));
        if (pages.includes(target)) reached.add(target);
      }
    const guides = pages.filter((page) => dirname(page) === 'docs');
    expect(guides.filter((page) => !reached.has(page))).toEqual([]);
  });
});
