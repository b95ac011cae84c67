/**
 * The sandbox's VPC. The API, DNS and target groups speak of addresses such as 10.0.1.10:5432; each is mapped to a port on
 * 127.0.0.1, so that nothing needs privileges or interfaces and Linux and macOS behave alike.
 */
export type Network = {
  /** Says where `ip:port` really listens. */
  attach(ip: string, port: number, localPort: number): void;
  /** After this, connections to `ip:port` are refused (as by a host without a listener) until attached again. */
  detach(ip: string, port: number): void;
  /** The local port, or undefined when nothing is attached. */
  locate(ip: string, port: number): number | undefined;
};

export function createNetwork(): Network {
  const ports = new Map<string, number>();
  const key = (ip: string, port: number) => `${ip}|${port}`;
  return {
    attach: (ip, port, localPort) => void ports.set(key(ip, port), localPort),
    detach: (ip, port) => void ports.delete(key(ip, port)),
    locate: (ip, port) => ports.get(key(ip, port)),
  };
}
