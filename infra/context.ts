import type { App } from 'aws-cdk-lib';
import { nearest } from '../lib/nearest.ts';
import { ConfigurationError } from './config/databases.ts';

/* What is said with `-c`: which files the app reads. */

const ours = ['databases', 'consumers'] as const;

/** @throws ConfigurationError when it is no name of a file */
export function fileNamed(app: App, key: (typeof ours)[number]): string | undefined {
  const file: unknown = app.node.tryGetContext(key);
  if (file !== undefined && (typeof file !== 'string' || file === ''))
    throw new ConfigurationError(`-c ${key}`, [`it is ${JSON.stringify(file)}; allowed: the name of a file`]);
  return file;
}

/**
 * A key that nothing reads would be passed over, and another file synthesised than the one that was named. CDK has many keys of its
 * own, each with a colon or a slash in it, and people may have some: only what looks like one of ours is refused.
 * @throws ConfigurationError with the nearest key
 */
export function refuseStrangers(app: App): void {
  const context = app.node.getAllContext() as Readonly<Record<string, unknown>>;
  const problems = Object.entries(context).flatMap(([key, value]) => {
    if (key.search(/[:/]/) >= 0 || ours.some((one) => one === key)) return [];
    const near = nearest(key, ours);
    const isFile = typeof value === 'string' && /\.(json[c5]?|ya?ml)$/i.test(value);
    if (!near && !isFile) return [];
    const meant = near ? `; did you mean -c ${near}=${String(value)}?` : '';
    return [
      `${key} is ${JSON.stringify(value)}, which nothing reads; allowed: databases=FILE and consumers=FILE${meant}`,
    ];
  });
  if (problems.length > 0) throw new ConfigurationError('-c', problems);
}
