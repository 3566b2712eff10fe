/** Adds and removes reactions, and announces them on the gateway. */
import { GatewayDispatchEvents, GatewayIntentBits, ReactionType } from 'discord-api-types/v10';
import { apiErrors } from '../api-errors.js';
import type { Gateway } from '../gateway.js';
import type { DiscordState } from './discord-state.js';
import type { Message } from './message.js';
import type { MessageStore } from './messages.js';
import { memberPayload } from './payloads.js';

export class Reactions {
  constructor(
    private readonly state: DiscordState,
    private readonly messages: MessageStore,
    private readonly gateway: Gateway,
  ) {}

  add(message: Message, emoji: string, userId: string): void {
    const users = message.reactions.get(emoji) ?? new Set<string>();
    if (users.has(userId)) return;
    message.reactions.set(emoji, users.add(userId));
    this.announce(GatewayDispatchEvents.MessageReactionAdd, message, emoji, userId);
  }

  remove(message: Message, emoji: string, userId: string): void {
    const users = message.reactions.get(emoji);
    if (!users?.delete(userId)) return;
    if (users.size === 0) message.reactions.delete(emoji);
    this.announce(GatewayDispatchEvents.MessageReactionRemove, message, emoji, userId);
  }

  private announce(event: GatewayDispatchEvents, message: Message, emoji: string, userId: string): void {
    const user = this.state.users.get(userId);
    if (!user) throw apiErrors.unknownUser();
    const { guildId } = message.channel;
    const payload = {
      user_id: userId,
      channel_id: message.channel.id,
      message_id: message.id,
      message_author_id: message.authorId,
      emoji: { id: null, name: emoji },
      burst: false,
      type: ReactionType.Normal,
      ...(guildId ? { guild_id: guildId, member: memberPayload(user, guildId) } : {}),
    };
    const intents = guildId
      ? GatewayIntentBits.GuildMessageReactions
      : GatewayIntentBits.DirectMessageReactions;
    this.gateway.dispatch(event, payload, { guildId, intents });
    this.messages.touch(message);
  }
}
