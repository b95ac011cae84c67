import { processIo } from './io.ts';
import { run } from './program.ts';

// The bundle brings its AWS SDK along: what later versions of it will need of Node helps nobody who runs this one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

await run(process.argv.slice(2), processIo());
