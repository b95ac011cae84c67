import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/* Fills what docs/security.md says between its marks: the packages of the bundles. A test holds it filled. */

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const page = join(root, 'docs', 'security.md');
const [start, end] = ['<!-- dependencies -->', '<!-- /dependencies -->'];

type Dependency = { readonly name: string; readonly version: string; readonly licence: string };

type Component = {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly licenses?: readonly { readonly license?: { readonly id?: string }; readonly expression?: string }[];
};

/** What the SBOM in this directory of dist/ lists, but for what is no package. */
export function dependenciesOf(directory: string): Dependency[] {
  const { components } = JSON.parse(readFileSync(join(dist, directory, 'bom.cdx.json'), 'utf8')) as {
    components: readonly Component[];
  };
  return components
    .filter(({ purl }) => purl !== undefined)
    .map((component) => ({
      name: component.group ? `${component.group}/${component.name}` : component.name,
      version: component.version,
      licence: (component.licenses ?? []).map(({ license, expression }) => license?.id ?? expression).join(', '),
    }));
}

/** One line for each package that went into a bundle, with the bundles it is in. */
export function dependenciesTable(): string {
  const rows = new Map<string, string[]>();
  for (const name of readdirSync(join(dist, 'functions')).sort())
    for (const dependency of dependenciesOf(`functions/${name}`)) {
      const row = `| ${dependency.name} | ${dependency.version} | ${dependency.licence} |`;
      rows.set(row, [...(rows.get(row) ?? []), name]);
    }
  const lines = [...rows].sort().map(([row, names]) => `${row} ${names.join(', ')} |`);
  return ['| Package | Version | Licence | In |', '|---|---|---|---|', ...lines].join('\n');
}

/** The page with its table as the present build has it. */
export function filledSecurity(text: string): string {
  const [before, rest = ''] = text.split(start);
  return `${before}${start}\n${dependenciesTable()}\n${end}${rest.split(end)[1] ?? ''}`;
}

if (import.meta.main) writeFileSync(page, filledSecurity(readFileSync(page, 'utf8')));
