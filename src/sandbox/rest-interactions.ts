import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { readDraft } from './draft.js';
import { problems } from './problem.js';
import type { Parts } from './parts.js';
import type { Interaction } from './interactions.js';

/** What an interaction's token opens: its answer, the reply's message, follow-ups. */
export function interactionRoutes(app: Hono<{ Bindings: HttpBindings }>, parts: Parts): void {
  const { world, messages, interactions } = parts;
  const living = (application: string, token: string): Interaction => {
    if (application !== world.applicationId) throw problems.unknownWebhook();
    return interactions.byLivingToken(token);
  };

  app.post('/interactions/:id/:token/callback', async (context) => {
    const { id, token } = context.req.param();
    const draft = await readDraft(context.req);
    const { interaction, message } = interactions.answer(id, token, draft);
    if (context.req.query('with_response') !== 'true') return new Response(null, { status: 204 });
    return Response.json(interactions.callbackPayload(interaction, Number(draft.body.type), message));
  });
  app.post('/webhooks/:app/:token', async (context) => {
    const { app: application, token } = context.req.param();
    const interaction = living(application, token);
    const message = interactions.followUp(interaction, await readDraft(context.req));
    return Response.json(messages.payload(message));
  });
  app.get('/webhooks/:app/:token/messages/:mid', (context) => {
    const { app: application, token, mid } = context.req.param();
    return Response.json(messages.payload(interactions.message(living(application, token), mid)));
  });
  app.patch('/webhooks/:app/:token/messages/:mid', async (context) => {
    const { app: application, token, mid } = context.req.param();
    const message = interactions.message(living(application, token), mid);
    return Response.json(messages.payload(messages.edit(message, await readDraft(context.req))));
  });
  app.delete('/webhooks/:app/:token/messages/:mid', (context) => {
    const { app: application, token, mid } = context.req.param();
    messages.delete(interactions.message(living(application, token), mid));
    return new Response(null, { status: 204 });
  });
}
