/** Discord's CDN: serves uploaded files unchanged, as long as their signed address is valid. */
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { delay, faultResponse, type Faults } from './faults.js';
import type { AttachmentStore } from './state/attachments.js';

export interface Download {
  path: string;
  /** The client closed the connection before it had the whole file. */
  abandoned: boolean;
}

export function cdnRoutes(
  app: Hono<{ Bindings: HttpBindings }>,
  { attachments, faults, downloads }: { attachments: AttachmentStore; faults: Faults; downloads: Download[] },
): void {
  app.get('/files/:channel/:id/:name', async (context) => {
    const { channel, id, name } = context.req.param();
    const download = { path: context.req.path, abandoned: false };
    downloads.push(download);
    context.env.outgoing.once('close', () => {
      download.abandoned = !context.env.outgoing.writableFinished;
    });
    const fault = faults.takeOrdered('GET', context.req.path);
    await delay(fault);
    if (fault && fault.status !== 200) return faultResponse(fault);
    const file = attachments.get(`${channel}/${id}/${name}`);
    if (!file || !attachments.isValid(context.req.query('ex')))
      return new Response('This content is no longer available.', { status: 404 });
    return new Response(new Uint8Array(file.bytes), {
      headers: {
        'content-type': file.contentType,
        'content-length': String(file.size),
        'cache-control': 'private, max-age=31536000',
        // An uploaded page or SVG must not run scripts in the origin of the sandbox.
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
      },
    });
  });
}
