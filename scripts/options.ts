/** The options of a command; undefined: its usage was asked for, or something is wrong, and what, has been said. Sets the exit code. */
export function optionsOrUsage<T>(usage: string, read: (args: readonly string[]) => T): T | undefined {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    console.log(usage);
    return undefined;
  }
  try {
    return read(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

/** @throws Error that names the option, its value and what is allowed */
export function wholeNumber(name: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  throw new Error(`--${name} is ${text || 'empty'}; allowed: a whole number from ${from} to ${to}`);
}
