import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { World } from './world.js';

/** What was uploaded, served back as it came: never sniffed, never run. */
export function fileRoutes(app: Hono<{ Bindings: HttpBindings }>, world: World): void {
  app.get('/files/:channel/:id/:name', (context) => {
    const { channel, id, name } = context.req.param();
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
