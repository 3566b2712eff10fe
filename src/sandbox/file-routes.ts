import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { faultResponse } from './faults.js';
import type { Parts } from './parts.js';

/** What was uploaded, served back as it came: never sniffed, never run. */
export function fileRoutes(app: Hono<{ Bindings: HttpBindings }>, { world, faults, downloads }: Parts): void {
  app.get('/files/:channel/:id/:name', async (context) => {
    const { channel, id, name } = context.req.param();
    const download = { path: context.req.path, abandoned: false };
    downloads.push(download);
    context.env.outgoing.once('close', () => {
      download.abandoned = !context.env.outgoing.writableFinished;
    });
    const fault = faults.ordered('GET', context.req.path);
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs, undefined, { ref: false });
    if (fault && fault.status !== 200) return faultResponse(fault);
    const file = world.files.get(`${channel}/${id}/${name}`);
    if (!file || !world.files.lives(context.req.query('ex')))
      return new Response('This content is no longer available.', { status: 404 });
    return new Response(new Uint8Array(file.bytes), {
      headers: {
        'content-type': file.contentType,
        'content-length': String(file.size),
        'cache-control': 'private, max-age=31536000',
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
      },
    });
  });
}
