import type { App } from 'aws-cdk-lib';
import { nearest } from '../lib/nearest.ts';
import { ConfigurationError } from './config/databases.ts';

/* The app's CDK context (`-c`): which files it reads, and whether there is a dashboard for all databases. */

const files = ['databases', 'consumers'] as const;
const switches = ['fleet'] as const;
const known = [...files, ...switches];

/** @throws ConfigurationError when the value is no file name */
export function fileNamed(app: App, key: (typeof files)[number]): string | undefined {
  const file: unknown = app.node.tryGetContext(key);
  if (file !== undefined && (typeof file !== 'string' || file === ''))
    throw new ConfigurationError(`-c ${key}`, [`it is ${JSON.stringify(file)}; allowed: the name of a file`]);
  return file;
}

/** @throws ConfigurationError when the value is neither true nor false */
export function isAsked(app: App, key: (typeof switches)[number]): boolean {
  const value: unknown = app.node.tryGetContext(key);
  if (value === undefined || value === false || value === 'false') return false;
  if (value === true || value === 'true') return true;
  throw new ConfigurationError(`-c ${key}`, [`it is ${JSON.stringify(value)}; allowed: true and false`]);
}

/**
 * CDK ignores a key that nothing reads, and the app would synthesise another file than the one that was named. CDK has many keys of its
 * own, each with a colon or a slash in it, and other tools may add theirs: only a key that resembles ours, or names a file, is refused.
 * @throws ConfigurationError with the nearest key
 */
export function refuseUnknownKeys(app: App): void {
  const context = app.node.getAllContext() as Readonly<Record<string, unknown>>;
  const problems = Object.entries(context).flatMap(([key, value]) => {
    if (key.search(/[:/]/) >= 0 || known.some((one) => one === key)) return [];
    const near = nearest(key, known);
    const isFile = typeof value === 'string' && /\.(json[c5]?|ya?ml)$/i.test(value);
    if (!near && !isFile) return [];
    const meant = near ? `; did you mean -c ${near}=${String(value)}?` : '';
    return [
      `${key} is ${JSON.stringify(value)}, which nothing reads; allowed: databases=FILE and consumers=FILE, and fleet=true${meant}`,
    ];
  });
  if (problems.length > 0) throw new ConfigurationError('-c', problems);
}
