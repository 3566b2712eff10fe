/** `/healthz` and `/metrics` over HTTP on the loopback address, for the operator's own machine. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface HealthServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly registry: Registry;
  /** What is wrong right now. `/healthz` answers 503 with it; 200 when it is undefined. */
  readonly problem: () => string | undefined;
}

export async function startHealthServer({
  port,
  registry,
  problem,
}: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    if (request.url === '/healthz') {
      const found = problem();
      response.writeHead(found === undefined ? 200 : 503).end(`${found ?? 'ok'}\n`);
    } else if (request.url === '/metrics')
      registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    else response.writeHead(404).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
