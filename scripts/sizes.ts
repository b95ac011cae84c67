type Outputs = Readonly<Record<string, { readonly bytes: number }>>;

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(0)} KB`;
const isChunk = (file: string): boolean => file.includes('/chunks/');

/** What was built, one line each; the chunks of a bundle in one line, as they have no names to tell. */
export function sizesText(outputs: Outputs): string {
  const built = Object.entries(outputs).filter(([file]) => file.endsWith('.mjs'));
  const chunks = built.filter(([file]) => isChunk(file)).map(([, { bytes }]) => bytes);
  const total = chunks.reduce((sum, bytes) => sum + bytes, 0);
  return [
    ...built.filter(([file]) => !isChunk(file)).map(([file, { bytes }]) => `${file}  ${kilobytes(bytes)}`),
    ...(chunks.length > 0 ? [`and ${chunks.length} chunks, loaded when they are needed  ${kilobytes(total)}`] : []),
  ].join('\n');
}

/** To standard error: scripts build first, and what they print themselves has to stay fit for a pipe. With --quiet, not at all. */
export const tellSizes = (outputs: Outputs): void =>
  void (process.argv.includes('--quiet') || process.stderr.write(`${sizesText(outputs)}\n`));
