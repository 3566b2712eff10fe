import type { Gateway } from './gateway.js';
import type { Message, Messages } from './messages.js';
import { problems } from './problem.js';
import type { World } from './world.js';

const INTENT_GUILD_REACTIONS = 1 << 10;
const INTENT_DIRECT_REACTIONS = 1 << 13;

/** Reactions of people and of the bot, told to whoever listens for them. */
export class Reactions {
  constructor(
    private readonly world: World,
    private readonly messages: Messages,
    private readonly gateway: Gateway,
  ) {}

  add(message: Message, emoji: string, userId: string): void {
    const users = message.reactions.get(emoji) ?? new Set<string>();
    if (users.has(userId)) return;
    message.reactions.set(emoji, users.add(userId));
    this.tell('MESSAGE_REACTION_ADD', message, emoji, userId);
  }

  remove(message: Message, emoji: string, userId: string): void {
    const users = message.reactions.get(emoji);
    if (!users?.delete(userId)) return;
    if (users.size === 0) message.reactions.delete(emoji);
    this.tell('MESSAGE_REACTION_REMOVE', message, emoji, userId);
  }

  private tell(event: string, message: Message, emoji: string, userId: string): void {
    const user = this.world.users.get(userId);
    if (!user) throw problems.unknownUser();
    const { guildId } = message.channel;
    this.gateway.dispatch(
      event,
      {
        user_id: userId,
        channel_id: message.channel.id,
        message_id: message.id,
        message_author_id: message.authorId,
        emoji: { id: null, name: emoji },
        burst: false,
        type: 0,
        ...(guildId ? { guild_id: guildId, member: this.world.memberPayload(user, guildId) } : {}),
      },
      { guildId, intents: guildId ? INTENT_GUILD_REACTIONS : INTENT_DIRECT_REACTIONS },
    );
    this.messages.touch(message);
  }
}
