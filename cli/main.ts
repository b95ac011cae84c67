import { run } from './program.ts';
import { errorLines } from './terminal/errors.ts';
import { exitCodes } from './terminal/exit-codes.ts';
import { ioOf } from './terminal/io.ts';

// The SDK is bundled, so a warning about the Node version that later SDKs will need is of no use here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const io = ioOf(process);
// Node would print the thrown value unescaped.
process.on('uncaughtException', (error) => {
  io.err(errorLines(error, io.width));
  process.exit(exitCodes.fault);
});
await run(process.argv.slice(2), io);
