/** A loopback file server that supports ranges and fails as real ones do. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  | { readonly kind: 'status'; readonly status: number }
  /** Sends no more after this many bytes of the file, until `drop`. */
  | { readonly kind: 'stall'; readonly after: number };

export interface FileServer {
  readonly address: string;
  /** The file and its entity tag. Both may be changed. */
  readonly content: { bytes: Uint8Array; etag?: string };
  /** The Range header of each request; '' without one. */
  readonly ranges: string[];
  /** The faults of the next requests, one each. */
  readonly faults: Fault[];
  /** Closes the connections that stall. */
  drop(): void;
  close(): Promise<void>;
}

export async function serveFile(bytes: Uint8Array): Promise<FileServer> {
  const ranges: string[] = [];
  const faults: Fault[] = [];
  const stalled = new Set<ServerResponse>();
  const content: FileServer['content'] = { bytes };
  const server: Server = createServer((request, response) => {
    const requested = request.headers.range ?? '';
    ranges.push(requested);
    const { bytes, etag } = content;
    const changed = (request.headers['if-range'] ?? etag) !== etag;
    const range = changed ? '' : requested;
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
    else {
      response.write(bytes.subarray(start, fault.after));
      stalled.add(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny.h5`,
    content,
    ranges,
    faults,
    drop() {
      for (const response of stalled) response.destroy();
      stalled.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
