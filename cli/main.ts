import { run } from './program.ts';
import { errorLines } from './terminal/errors.ts';
import { exitCodes } from './terminal/exit-codes.ts';
import { ioOf } from './terminal/io.ts';

// The bundle brings its AWS SDK along: what later versions of it will need of Node helps nobody who runs this one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const io = ioOf(process);
// Node would print what was thrown as it came.
process.on('uncaughtException', (error) => {
  io.err(errorLines(error, io.width));
  process.exit(exitCodes.fault);
});
await run(process.argv.slice(2), io);
