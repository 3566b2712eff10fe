/** A loopback file server with ranges, and with the faults of real ones. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'cut'; readonly after: number }
  | { readonly kind: 'stall'; readonly after: number };

export interface FileServer {
  readonly address: string;
  /** What it serves, and the entity tag it gives; may change. */
  readonly content: { bytes: Uint8Array; etag?: string };
  /** Each request's Range header, in order; '' without one. */
  readonly ranges: string[];
  /** What the next requests meet, one each. */
  readonly faults: Fault[];
  close(): Promise<void>;
}

export async function serveFile(bytes: Uint8Array): Promise<FileServer> {
  const ranges: string[] = [];
  const faults: Fault[] = [];
  const content: FileServer['content'] = { bytes };
  const server: Server = createServer((request, response) => {
    const asked = request.headers.range ?? '';
    ranges.push(asked);
    const { bytes, etag } = content;
    const changed = (request.headers['if-range'] ?? etag) !== etag;
    const range = changed ? '' : asked;
    const fault = faults.shift();
    if (fault?.kind === 'status') {
      response.writeHead(fault.status).end('no');
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    response.writeHead(range ? 206 : 200, {
      'content-length': bytes.byteLength - start,
      ...(etag === undefined ? {} : { etag }),
      ...(range && { 'content-range': `bytes ${start}-${bytes.byteLength - 1}/${bytes.byteLength}` }),
    });
    if (!fault) response.end(bytes.subarray(start));
    else
      response.write(bytes.subarray(start, fault.after), () => {
        if (fault.kind === 'cut') setTimeout(() => response.destroy(), 20);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny.h5`,
    content,
    ranges,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
