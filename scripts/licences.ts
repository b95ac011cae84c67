import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The licences of every package whose files went into a bundle.
 * @param inputs file names as esbuild's metafile lists them
 * @throws Error naming the package, when one comes without a licence text and is under none that we know
 */
export async function licencesOf(inputs: readonly string[]): Promise<string> {
  const directories = [...new Set(inputs.map(packageDirectory))].filter((directory) => directory !== undefined).sort();
  return (await Promise.all(directories.map(licenceOf))).join(`\n${'-'.repeat(80)}\n\n`);
}

type Outputs = Readonly<Record<string, { readonly inputs: Readonly<Record<string, { bytesInOutput: number }>> }>>;

/** The files of which something is left in what was built: what was only read is not in the bundle. */
export const inputsOf = ({ outputs }: { readonly outputs: Outputs }): string[] =>
  Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []));

function packageDirectory(file: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

async function licenceOf(directory: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const file = (await readdir(directory)).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (!file && !license)
    throw new Error(`${name}@${version} in the bundle has neither a licence file nor a licence field`);
  const text = file ? (await readFile(join(directory, file), 'utf8')).trim() : `Licensed under ${license}.`;
  return `${name} ${version} (${license})\n\n${text}\n`;
}
