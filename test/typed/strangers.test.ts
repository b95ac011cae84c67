import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { pages, sources } from './texts.ts';

/* What a person is told to type must not be able to fetch a package of a stranger: on-call credentials are at hand when it runs. */

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
const ours = Object.keys({ ...manifest.peerDependencies, ...manifest.devDependencies, ...manifest.dependencies });

const isHarmless = (target: string) => /^(\.|\.{0,2}\/\S*|-\S*)$/.test(target) || ours.includes(target);

/** Each form that fetches, and which of its arguments does no harm. */
const fetching: readonly { form: RegExp; harmless?: (rest: string) => boolean }[] = [
  // A word after it: "`npx` completes nothing" is no command.
  { form: /\bnpx (?=\S)([^\n`]*)/g, harmless: (rest) => /^--no -- \S/.test(rest) || /^--no --$/.test(rest) },
  { form: /\bnpm (?:exec|x) ([^\n`]*)/g, harmless: (rest) => /^--no -- /.test(rest) },
  {
    form: /\bnpm (?:install|i|add) ([^\n`;&|]*)/g,
    harmless: (rest) => rest.trim().split(/\s+/).every(isHarmless),
  },
  { form: /\bnpm (?:create|init) ([^\n`]*)/g },
  {
    form: /\b(?:yarn (?:dlx|add|create|global)|pnpm (?:dlx|add|create)|pnpx|bunx|bun (?:x|add)|uvx|pipx|pip3? install) ([^\n`]*)/g,
  },
  { form: /\b(?:curl|wget) ([^\n`]*\| *(?:ba|z)?sh\b[^\n`]*)/g },
];

const dangers = (content: string): string[] =>
  fetching.flatMap(({ form, harmless }) =>
    [...content.matchAll(form)].filter(([, rest = '']) => !harmless?.(rest)).map(([command]) => command.trim()),
  );

describe('no command that could fetch a package of a stranger', () => {
  test('is in a guide, a message, an alarm or a package file', () => {
    const found = [...pages, ...sources]
      // What was once so is told there.
      .filter(({ file }) => file !== 'CHANGELOG.md')
      .flatMap(({ file, content }) => dangers(content).map((command) => `${file}: ${command}`));
    expect(found).toEqual([]);
    expect(pages.some(({ content }) => content.includes('npx --no -- rds-target'))).toBe(true);
  });

  test.each([
    'npx rds-target status orders',
    'npx cdk deploy',
    'npx --no rds-target --help',
    'npx -y rds-target',
    'npm exec rds-target',
    'npm install --global rds-target',
    'npm install rds-target-reconciler',
    'npm create cdk',
    'pnpm dlx rds-target',
    'curl -s https://example.com/install | sh',
  ])('is recognised: %s', (command) => {
    expect(dangers(`type ${command}`)).not.toEqual([]);
    expect(dangers(`Run \`${command}\`.`)).not.toEqual([]);
  });

  test.each([
    'npx --no -- rds-target status orders',
    'npm ci && npm run build',
    'npm install ./rds-target-reconciler-0.1.0.tgz',
    'npm install --global .',
    'npm install aws-cdk-lib constructs',
  ])('is not seen in %s', (command) => {
    expect(dangers(command)).toEqual([]);
  });
});

describe('npx --no -- NAME', () => {
  vi.setConfig({ testTimeout: 60_000 });

  test.each(['rds-target', 'cdk', 'vitest'])(
    '%s outside the project downloads nothing and runs nothing',
    async (name) => {
      const requests: string[] = [];
      const registry = createServer(({ url = '' }, response) => {
        requests.push(url);
        const dist = { tarball: `${address()}/${name}.tgz`, integrity: 'sha512-AAAA' };
        const versions = { '1.0.0': { name, version: '1.0.0', bin: { [name]: 'x.js' }, dist } };
        response.end(JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions }));
      });
      const address = () => `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
      await new Promise<void>((done) => registry.listen(0, '127.0.0.1', done));
      const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
      onTestFinished(() => {
        registry.close();
        rmSync(elsewhere, { recursive: true, force: true });
      });
      const { PATH, HOME } = process.env;
      // Only the machine's own commands: a run of npm puts those of the project first.
      const outside = PATH?.split(':').filter((folder) => !folder.includes('node_modules'));
      const { code, text } = await outcome(name, elsewhere, {
        PATH: outside?.join(':'),
        HOME,
        npm_config_registry: address(),
        npm_config_cache: join(elsewhere, 'cache'),
        npm_config_update_notifier: 'false',
      });
      expect(code, text).not.toBe(0);
      expect(text).toContain('canceled due to missing packages');
      expect(requests.filter((url) => url.endsWith('.tgz'))).toEqual([]);
    },
  );
});

function outcome(name: string, cwd: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', ['--no', '--', name, '--version'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (text += part));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text }));
  });
}
