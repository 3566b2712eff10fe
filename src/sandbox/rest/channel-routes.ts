/** REST routes of channels, their messages and reactions, as the bot's own token has access to them. */
import type { HttpBindings } from '@hono/node-server';
import { MessageFlags, PermissionFlagsBits } from 'discord-api-types/v10';
import type { Hono } from 'hono';
import { apiErrors } from '../api-errors.js';
import { toText } from '../json.js';
import type { Channel, DiscordState } from '../state/discord-state.js';
import type { Message } from '../state/message.js';
import { messagePayload, payloadWithoutContent } from '../state/message-payloads.js';
import type { MessageStore } from '../state/messages.js';
import { channelPayload } from '../state/payloads.js';
import { accessChannel, botMay, permissionsToSend, requireUnarchived } from '../state/permissions.js';
import type { Reactions } from '../state/reactions.js';
import { parseObject, readMessageInput } from './request-body.js';

const { AddReactions, ManageMessages, ReadMessageHistory } = PermissionFlagsBits;

export function channelRoutes(
  api: Hono<{ Bindings: HttpBindings }>,
  { state, messages, reactions }: { state: DiscordState; messages: MessageStore; reactions: Reactions },
): void {
  const access = (id: string, ...needed: bigint[]): Channel => accessChannel(state, id, ...needed);

  api.post('/users/@me/channels', async (context) => {
    const recipient = toText(parseObject(await context.req.text()).recipient_id);
    if (!state.users.has(recipient)) throw apiErrors.unknownUser();
    return Response.json(channelPayload(state.directChannel(recipient), state));
  });
  api.get('/channels/:id', (context) =>
    Response.json(channelPayload(access(context.req.param('id')), state)),
  );
  api.post('/channels/:id/typing', (context) => {
    access(context.req.param('id'));
    return new Response(null, { status: 204 });
  });

  api.get('/channels/:id/messages', (context) => {
    const channel = access(context.req.param('id'));
    // Without this permission the history is empty rather than refused.
    const visible = botMay(state, channel, ReadMessageHistory) ? messages.inChannel(channel.id) : [];
    const page = pageOf(visible, context.req.query());
    return Response.json(page.map((message) => payloadWithoutContent(message, state)));
  });
  api.post('/channels/:id/messages', async (context) => {
    const id = context.req.param('id');
    const input = await readMessageInput(context.req);
    const channel = access(id, ...permissionsToSend(state.channels.get(id), input));
    if (state.users.get(channel.recipientId ?? '')?.refusesDirectMessages)
      throw apiErrors.cannotMessageUser();
    const earlier = messages.findByNonce(state.bot.id, input.body);
    if (earlier) return Response.json(messagePayload(earlier, state));
    // A new message opens an archived thread.
    channel.archived = false;
    return Response.json(messagePayload(messages.create(channel, state.bot.id, input), state));
  });
  api.get('/channels/:id/messages/:message', (context) => {
    const { id, message } = context.req.param();
    const found = messages.getPublic(message, access(id, ReadMessageHistory).id);
    return Response.json(payloadWithoutContent(found, state));
  });
  api.patch('/channels/:id/messages/:message', async (context) => {
    const { id, message } = context.req.param();
    const found = messages.getPublic(message, access(id).id);
    requireUnarchived(found.channel);
    if (found.authorId !== state.bot.id) throw apiErrors.notTheAuthor();
    const edited = messages.edit(found, await readMessageInput(context.req));
    return Response.json(messagePayload(edited, state));
  });
  api.delete('/channels/:id/messages/:message', (context) => {
    const { id, message } = context.req.param();
    const found = messages.getPublic(message, access(id).id);
    if (found.authorId !== state.bot.id) access(id, ManageMessages);
    messages.delete(found);
    return new Response(null, { status: 204 });
  });

  api.put('/channels/:id/messages/:message/reactions/:emoji/@me', (context) => {
    const { id, message, emoji } = context.req.param();
    const channel = access(id, AddReactions, ReadMessageHistory);
    requireUnarchived(channel);
    reactions.add(messages.getPublic(message, channel.id), emoji, state.bot.id);
    return new Response(null, { status: 204 });
  });
  api.delete('/channels/:id/messages/:message/reactions/:emoji/:user', (context) => {
    const { id, message, emoji, user } = context.req.param();
    const found = messages.getPublic(message, access(id).id);
    reactions.remove(found, emoji, user === '@me' ? state.bot.id : user);
    return new Response(null, { status: 204 });
  });
}

/** One page of a history, newest first: the messages next after `after`, next before `before`, or the newest. */
function pageOf(
  history: readonly Message[],
  { after, before, limit = '50' }: { after?: string; before?: string; limit?: string },
): Message[] {
  const matching = history
    .filter(({ flags }) => !(flags & MessageFlags.Ephemeral))
    .filter(({ id }) => after === undefined || BigInt(id) > BigInt(after))
    .filter(({ id }) => before === undefined || BigInt(id) < BigInt(before))
    .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
  const page = after === undefined ? matching.slice(-Number(limit)) : matching.slice(0, Number(limit));
  return page.reverse();
}
