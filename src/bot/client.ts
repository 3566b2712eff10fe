import { Client, GatewayIntentBits, Partials } from 'discord.js';
import { isInPassing } from './in-passing.js';

/** A client with no privileged intent that never mentions anyone by itself. */
export function createBot(options: { readonly api?: string | undefined } = {}): Client {
  return new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessageReactions,
      GatewayIntentBits.DirectMessageReactions,
    ],
    partials: [Partials.Message, Partials.Reaction, Partials.User, Partials.Channel],
    allowedMentions: { parse: [] },
    // A message whose answer is lost and that is sent again stands there once.
    enforceNonce: true,
    // A frame that would have to wait would arrive stale, and keep the picture waiting behind it.
    rest: { rejectOnRateLimit: isInPassing, ...(options.api === undefined ? {} : { api: options.api }) },
  });
}
