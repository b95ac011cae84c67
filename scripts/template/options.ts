import { parseArgs } from 'node:util';

export type TemplateOptions = {
  /** Of the database, as its file has it. */
  readonly name: string;
  /** S3 bucket of the zip files. */
  readonly bucket: string;
  /** Configuration file. */
  readonly databases: string;
  /** The files are written to a directory in it that has the database's name. */
  readonly out: string;
};

export const usage = 'npm run template -- DATABASE --bucket BUCKET [--databases FILE] [--out DIR]';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; Lambda takes no code from a directory bucket. */
const bucketName =
  /^(?!xn--|sthree-|amzn-s3-demo-|(\d+\.){3}\d+$|.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?<!-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;

/** @throws Error that names the option that is wrong, its value and what is allowed */
export function templateOptions(args: readonly string[]): TemplateOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      bucket: { type: 'string' },
      databases: { type: 'string', default: 'databases.json' },
      out: { type: 'string', default: 'dist/template' },
    },
  });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0)
    throw new Error(
      `the databases are ${positionals.join(', ') || 'missing'}; allowed: the name of one, as databases.json has it`,
    );
  const { bucket, ...rest } = values;
  if (bucket === undefined || !bucketName.test(bucket))
    throw new Error(
      `--bucket is ${bucket ?? 'missing'}; allowed: the name of an S3 bucket (3 to 63 lowercase letters, digits, hyphens and dots, no prefix or suffix that S3 reserves)`,
    );
  return { name, bucket, ...rest };
}
