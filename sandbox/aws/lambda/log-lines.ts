import type { Readable } from 'node:stream';

/** The lines of several streams in the order of their arrival. */
export type LogLines = {
  /** Resolves when everything that was written before the call has arrived. */
  settled(): Promise<void>;
  /** Hands the lines over, an unfinished last line included, and starts anew. */
  take(): readonly string[];
};

/** Reads the streams from now on, as UTF-8. */
export function createLogLines(streams: readonly Readable[]): LogLines {
  const unfinished = streams.map(() => '');
  let lines: string[] = [];

  streams.forEach((stream, index) => {
    stream.setEncoding('utf8').on('data', (text: string) => {
      const pieces = `${unfinished[index]}${text}`.split('\n');
      unfinished[index] = pieces.pop() ?? '';
      lines.push(...pieces);
    });
  });

  return {
    // What was written before a request reached us or an exit was noticed is readable by then: it arrives within the event
    // loop's present turn.
    settled: () => new Promise((resolve) => void setImmediate(resolve)),
    take() {
      const taken = [...lines, ...unfinished.filter((text) => text !== '')];
      lines = [];
      unfinished.fill('');
      return taken;
    },
  };
}
