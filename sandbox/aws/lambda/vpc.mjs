// Puts a function's process into the sandbox's VPC: connections to addresses and names of the VPC end at the ports of this machine
// that stand for them. Nothing here ever leaves the machine.
import { promises as dns } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const http = process.getBuiltinModule('node:http');

const isOwn = (host) => host === undefined || host === 'localhost' || host.startsWith('127.') || host === '::1';

const ask = (gateway, host, port) =>
  new Promise((resolve, reject) => {
    http
      .get(`${gateway}/?host=${encodeURIComponent(host)}&port=${port}`, (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve(JSON.parse(text)));
      })
      .on('error', reject);
  });

/** A connection that waits for an answer keeps its process alive. */
const waitIn = (socket) => {
  const waiting = setInterval(() => {}, 1000);
  socket.once('close', () => clearInterval(waiting));
};

const refusal = (ip, port) =>
  Object.assign(new Error(`connect ECONNREFUSED ${ip}:${port}`), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: ip,
    port,
  });

/** node:net hands its own calls on as one list: [options, callback]. Drivers call with (port, host, callback). */
const asOptions = ([first, ...others]) => {
  if (Array.isArray(first)) return first;
  if (typeof first !== 'number') return [first, ...others];
  const host = typeof others[0] === 'string' ? others[0] : undefined;
  return [{ port: first, host }, host === undefined ? others[0] : others[1]];
};

export function enterVpc(gateway) {
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...given) {
    const [options, callback] = asOptions(given);
    if (typeof options !== 'object' || options === null || isOwn(options.host)) return connect.apply(this, given);
    const { host, port } = options;
    const go = ({ ip, port: local, silent }) => {
      if (this.destroyed) return;
      if (silent) waitIn(this);
      else if (local === undefined) this.destroy(refusal(ip, port));
      else connect.call(this, { ...options, host: '127.0.0.1', port: local }, callback);
    };
    // What is written meanwhile waits, as it does while node:net itself looks a name up.
    this.connecting = true;
    ask(gateway, host, port).then(go, (error) => this.destroy(error));
    if (options.timeout) this.setTimeout(options.timeout);
    return this;
  };
  const { lookup } = dns;
  dns.lookup = async (host, options) => {
    if (isOwn(host) || net.isIP(host)) return lookup(host, options);
    const { ip } = await ask(gateway, host, 0);
    if (ip === host) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
    const found = { address: ip, family: net.isIP(ip) };
    return options?.all ? [found] : found;
  };
  syncBuiltinESMExports();
}
