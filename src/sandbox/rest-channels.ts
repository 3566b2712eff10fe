import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { parseRecord, readDraft } from './draft.js';
import { EPHEMERAL } from './messages.js';
import {
  ADD_REACTIONS,
  MANAGE_MESSAGES,
  mayReach,
  reach,
  READ_HISTORY,
  refuseArchived,
  toSend,
} from './permissions.js';
import { problems } from './problem.js';
import type { Parts } from './parts.js';
import { text } from './wire.js';
import type { Channel } from './world.js';

/** What the bot reaches with its own token: channels, their messages, reactions, direct messages. */
export function channelRoutes(app: Hono<{ Bindings: HttpBindings }>, parts: Parts): void {
  const { world, messages, reactions } = parts;
  const channel = (id: string, ...needed: bigint[]): Channel => reach(world, id, ...needed);

  app.post('/users/@me/channels', async (context) => {
    const recipient = text(parseRecord(await context.req.text()).recipient_id);
    if (!world.users.has(recipient)) throw problems.unknownUser();
    return Response.json(world.channelPayload(world.directChannel(recipient)));
  });
  app.get('/channels/:id', (context) =>
    Response.json(world.channelPayload(channel(context.req.param('id')))),
  );
  app.post('/channels/:id/typing', (context) => {
    channel(context.req.param('id'));
    return new Response(null, { status: 204 });
  });

  app.get('/channels/:id/messages', (context) => {
    const { after, before, limit = '50' } = context.req.query();
    const target = channel(context.req.param('id'));
    const visible = messages
      // Without the history there is nothing to see, and no refusal.
      .in(mayReach(world, target, READ_HISTORY) ? target.id : '')
      .filter(({ flags }) => !(flags & EPHEMERAL))
      .filter(({ id }) => after === undefined || BigInt(id) > BigInt(after))
      .filter(({ id }) => before === undefined || BigInt(id) < BigInt(before))
      .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    // Those next to where the search begins, the newest first in any case.
    const page = after === undefined ? visible.slice(-Number(limit)) : visible.slice(0, Number(limit));
    return Response.json(page.reverse().map((message) => messages.withoutContent(message)));
  });
  app.post('/channels/:id/messages', async (context) => {
    const id = context.req.param('id');
    const draft = await readDraft(context.req);
    const target = channel(id, ...toSend(world.channels.get(id), draft));
    if (world.users.get(target.recipientId ?? '')?.closed) throw problems.closedToYou();
    const said = messages.said(world.bot.id, draft.body);
    if (said) return Response.json(messages.payload(said));
    // Whoever writes into an archived thread opens it again.
    target.archived = false;
    const message = messages.create(target, world.bot.id, draft);
    return Response.json(messages.payload(message));
  });
  app.get('/channels/:id/messages/:mid', (context) => {
    const { id, mid } = context.req.param();
    return Response.json(messages.withoutContent(messages.getPublic(mid, channel(id, READ_HISTORY).id)));
  });
  app.patch('/channels/:id/messages/:mid', async (context) => {
    const { id, mid } = context.req.param();
    const message = messages.getPublic(mid, channel(id).id);
    refuseArchived(message.channel);
    if (message.authorId !== world.bot.id) throw problems.notYours();
    return Response.json(messages.payload(messages.edit(message, await readDraft(context.req))));
  });
  app.delete('/channels/:id/messages/:mid', (context) => {
    const { id, mid } = context.req.param();
    const message = messages.getPublic(mid, channel(id).id);
    if (message.authorId !== world.bot.id) channel(id, MANAGE_MESSAGES);
    messages.delete(message);
    return new Response(null, { status: 204 });
  });

  app.put('/channels/:id/messages/:mid/reactions/:emoji/@me', (context) => {
    const { id, mid, emoji } = context.req.param();
    const target = channel(id, ADD_REACTIONS, READ_HISTORY);
    refuseArchived(target);
    reactions.add(messages.getPublic(mid, target.id), emoji, world.bot.id);
    return new Response(null, { status: 204 });
  });
  app.delete('/channels/:id/messages/:mid/reactions/:emoji/:user', (context) => {
    const { id, mid, emoji, user } = context.req.param();
    reactions.remove(messages.getPublic(mid, channel(id).id), emoji, user === '@me' ? world.bot.id : user);
    return new Response(null, { status: 204 });
  });
}
