/** What has to be tidied up however the soak ends: in the order last in, first out, each only once. */
export function createEnds() {
  const ends: (() => Promise<void> | void)[] = [];
  const all = async () => {
    for (let end = ends.pop(); end; end = ends.pop()) {
      try {
        await end();
      } catch (error) {
        console.error(`tidying up: ${error instanceof Error ? error.message : error}`);
      }
    }
  };
  return { add: (end: () => Promise<void> | void) => void ends.push(end), all };
}

const signals = { SIGINT: 130, SIGTERM: 143 } as const;

/** Ctrl-C ends the soak as its own end does: no process and no file stays behind. A second one does not wait. */
export function tidyOnSignal(tidy: () => Promise<void>): void {
  let isEnding = false;
  for (const [signal, code] of Object.entries(signals))
    process.on(signal, () => {
      if (isEnding) process.exit(code);
      isEnding = true;
      process.stderr.write(`${signal}: ending what was started; once more: at once\n`);
      void tidy().finally(() => process.exit(code));
    });
}
