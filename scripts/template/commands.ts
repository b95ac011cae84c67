import { keyPrefix, type PlainDeployment, type PlainStack } from './plain.ts';

type Place = {
  /** The stacks' Region; undefined: that of the credentials. */
  readonly region?: string | undefined;
  /** S3 bucket. */
  readonly bucket: string;
  /** Where templates and zip files were written. */
  readonly directory: string;
};

/** The commands of the AWS CLI that deploy a database and show its outputs, for a POSIX shell. */
export function deployCommands({ stacks, zips }: PlainDeployment, place: Place): readonly string[] {
  const { bucket, directory } = place;
  const upload = ['s3', 'cp', directory, `s3://${bucket}/${keyPrefix}`, '--recursive', '--exclude', '*'];
  return [
    ...(zips.size > 0 ? [[...upload, '--include', '*.zip']] : []),
    ...stacks.map((stack) => deployment(stack, place)),
    ['cloudformation', 'describe-stacks', ...stackIn(stacks.at(-1), place), ...outputs],
  ].map((words) => ['aws', ...words].map(quoted).join(' '));
}

const outputs = ['--query', 'Stacks[0].Outputs', '--output', 'table'];

const stackIn = (stack: PlainStack | undefined, { region }: Place): string[] => [
  ...(region === undefined ? [] : ['--region', region]),
  ...['--stack-name', stack?.name ?? ''],
];

/** From the bucket, since a request carries 51,200 bytes of template at most. */
const deployment = (stack: PlainStack, place: Place): string[] => [
  ...['cloudformation', 'deploy', ...stackIn(stack, place)],
  ...['--template-file', `${place.directory}/${stack.file}`],
  ...['--s3-bucket', place.bucket, '--s3-prefix', keyPrefix.slice(0, -1)],
  ...['--capabilities', 'CAPABILITY_NAMED_IAM'],
  ...tagsOf(stack),
];

function tagsOf({ tags }: PlainStack): string[] {
  const pairs = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return pairs.length > 0 ? ['--tags', ...pairs] : [];
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
