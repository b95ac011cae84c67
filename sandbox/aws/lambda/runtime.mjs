// The runtime interface client inside an execution environment: imports the bundle, then asks for one invocation after
// another. The cold start of the handler that it loads is measured, so it imports little and does less.
// Behaviour and names follow AWS's client for Node.js 24 (no callback handlers, no callbackWaitsForEmptyEventLoop).
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

// By `import` it would bring undici along, which takes as long to load as all of the function.
const http = process.getBuiltinModule('node:http');
const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER, AWS_LAMBDA_LOG_FORMAT, SANDBOX_GATEWAY } = process.env;
if (SANDBOX_GATEWAY) (await import('./vpc.mjs')).enterVpc(SANDBOX_GATEWAY);
const runtimeApi = new URL(`http://${AWS_LAMBDA_RUNTIME_API}`);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const watched = new WeakSet();
let requestId;

/** One request to the Runtime API. The one connection is also the life line: without the host there is nothing to do. */
const call = (method, path, body, headers = {}) =>
  new Promise((resolve) => {
    const request = http.request(
      { agent, host: runtimeApi.hostname, port: runtimeApi.port, method, path: `/2018-06-01/runtime/${path}`, headers },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ headers: response.headers, text: Buffer.concat(chunks).toString() }));
      },
    );
    request.on('socket', (socket) => {
      if (watched.has(socket)) return;
      watched.add(socket);
      socket.on('close', () => process.exit(1));
    });
    request.on('error', () => process.exit(1));
    request.end(body);
  });

const log =
  (level) =>
  (...values) => {
    const timestamp = new Date().toISOString();
    const message = format(...values);
    // A log event is one line: AWS turns line feeds into carriage returns.
    const line =
      AWS_LAMBDA_LOG_FORMAT === 'JSON'
        ? JSON.stringify({ timestamp, level, requestId, message })
        : [timestamp, `${requestId}`, level, message].join('\t').replaceAll('\n', '\r');
    process.stdout.write(`${line}\n`);
  };
Object.assign(console, {
  log: log('INFO'),
  info: log('INFO'),
  warn: log('WARN'),
  error: log('ERROR'),
  debug: log('DEBUG'),
  trace: log('TRACE'),
});

const described = (error) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

const named = (name, message) => Object.assign(new Error(message), { name });

const logError = (title, error) => {
  const { errorType, errorMessage, trace } = described(error);
  console.error(title, `\t${JSON.stringify({ errorType, errorMessage, ...Object(error), stack: trace })}`);
};

/** Resolves when all that was written so far has left this process, so that it belongs to this invocation. */
const flushed = (stream) =>
  stream.writableLength === 0 ? undefined : new Promise((resolve) => stream.write('', () => resolve()));

const post = async (path, body, errorType) => {
  await flushed(process.stdout);
  await flushed(process.stderr);
  await call('POST', path, body, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...(errorType ? { 'Lambda-Runtime-Function-Error-Type': encodeURIComponent(errorType) } : {}),
  });
};

const postInitError = ({ errorType, errorMessage, trace }) =>
  post('init/error', JSON.stringify({ errorType, errorMessage, stackTrace: trace }), errorType);

const postError = (id, error) => post(`invocation/${id}/error`, JSON.stringify(error), error.errorType);

const giveUp = (title, exitCode) => async (error) => {
  logError(title, error);
  await (requestId === undefined ? postInitError(described(error)) : postError(requestId, described(error)));
  process.exit(exitCode);
};
const onUncaught = giveUp('Uncaught Exception', 129);
const onUnhandled = giveUp('Unhandled Promise Rejection', 128);
process.on('uncaughtException', onUncaught);
process.on('unhandledRejection', (reason) =>
  onUnhandled(named('Runtime.UnhandledPromiseRejection', reason instanceof Error ? `${reason}` : format(reason))),
);

const importError = (error) => {
  if (error instanceof SyntaxError) return named('Runtime.UserCodeSyntaxError', `${error}`);
  const missing = error?.code === 'ERR_MODULE_NOT_FOUND' || error?.code === 'MODULE_NOT_FOUND';
  return missing ? named('Runtime.ImportModuleError', `${error}`) : error;
};

const loadHandler = async () => {
  const dot = _HANDLER.lastIndexOf('.');
  const module = await import(pathToFileURL(join(LAMBDA_TASK_ROOT, `${_HANDLER.slice(0, dot)}.mjs`)).href).catch(
    (error) => {
      throw importError(error);
    },
  );
  const handler = module[_HANDLER.slice(dot + 1)];
  if (typeof handler === 'function') return handler;
  throw named('Runtime.HandlerNotFound', `${_HANDLER} is undefined or not exported`);
};

const contextOf = (headers) => {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: undefined,
    identity: undefined,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    xRayTraceId: headers['lambda-runtime-trace-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
};

const serialised = (value) => {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    throw named('Runtime.JSONStringifyError', 'Unable to stringify response body');
  }
};

const serve = async (handler, { headers, text }) => {
  requestId = headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  try {
    const body = serialised(await handler(JSON.parse(text), contextOf(headers)));
    await new Promise((resolve) => setImmediate(resolve));
    await post(`invocation/${requestId}/response`, body);
  } catch (error) {
    logError('Invoke Error', error);
    await postError(requestId, described(error));
  }
};

const handler = await loadHandler().catch(giveUp('Uncaught Exception', 1));
while (true) await serve(handler, await call('GET', 'invocation/next'));
