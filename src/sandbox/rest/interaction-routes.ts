/** REST routes that an interaction's token gives access to: its answer, the reply, and follow-ups. */
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { apiErrors } from '../api-errors.js';
import type { DiscordState } from '../state/discord-state.js';
import type { Interaction, Interactions } from '../state/interactions.js';
import { messagePayload } from '../state/message-payloads.js';
import type { MessageStore } from '../state/messages.js';
import { readMessageInput } from './request-body.js';

const REPLY_PATH = '/webhooks/:app/:token/messages/:message';

export function interactionRoutes(
  api: Hono<{ Bindings: HttpBindings }>,
  {
    state,
    messages,
    interactions,
  }: { state: DiscordState; messages: MessageStore; interactions: Interactions },
): void {
  const byWebhook = ({ app, token }: { app: string; token: string }): Interaction => {
    if (app !== state.applicationId) throw apiErrors.unknownWebhook();
    return interactions.byValidToken(token);
  };

  api.post('/interactions/:id/:token/callback', async (context) => {
    const { id, token } = context.req.param();
    const input = await readMessageInput(context.req);
    const { interaction, message } = interactions.answer(id, token, input);
    if (context.req.query('with_response') !== 'true') return new Response(null, { status: 204 });
    return Response.json(interactions.callbackPayload(interaction, Number(input.body.type), message));
  });
  api.post('/webhooks/:app/:token', async (context) => {
    const interaction = byWebhook(context.req.param());
    const message = interactions.followUp(interaction, await readMessageInput(context.req));
    return Response.json(messagePayload(message, state));
  });
  api.get(REPLY_PATH, (context) => {
    const message = interactions.message(byWebhook(context.req.param()), context.req.param('message'));
    return Response.json(messagePayload(message, state));
  });
  api.patch(REPLY_PATH, async (context) => {
    const message = interactions.message(byWebhook(context.req.param()), context.req.param('message'));
    const edited = messages.edit(message, await readMessageInput(context.req));
    return Response.json(messagePayload(edited, state));
  });
  api.delete(REPLY_PATH, (context) => {
    messages.delete(interactions.message(byWebhook(context.req.param()), context.req.param('message')));
    return new Response(null, { status: 204 });
  });
}
