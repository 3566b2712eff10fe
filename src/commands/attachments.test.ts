import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachmentFetcher } from './attachments.js';

describe('attachments', () => {
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/small' }).end();
      else if (request.url === '/missing') response.writeHead(404).end();
      else if (request.url === '/slow') response.write('x');
      else response.end(Buffer.alloc(request.url === '/small' ? 10 : 5000));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const code = (path: string, size = 1, origins = [origin]) =>
    attachmentFetcher({ maxBytes: 1000, timeoutMs: 200, origins })({ url: origin + path, size }).then(
      (bytes) => bytes.length,
      (thrown: unknown) => (thrown as { code: string }).code,
    );

  it('downloads, within its limits', async () => {
    expect(await code('/small')).toBe(10);
    expect(await code('/small', 1001)).toBe('attachment-too-large');
    expect(await code('/large')).toBe('attachment-too-large');
    expect(await code('/moved')).toBe('attachment-unreachable');
    expect(await code('/missing')).toBe('attachment-unreachable');
    expect(await code('/slow')).toBe('attachment-unreachable');
  });

  it('takes nothing but https from elsewhere', async () => {
    expect(await code('/small', 1, [])).toBe('attachment-unreachable');
  });
});
