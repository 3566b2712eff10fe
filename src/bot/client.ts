import { Client, GatewayIntentBits, Partials } from 'discord.js';

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
    ...(options.api === undefined ? {} : { rest: { api: options.api } }),
  });
}
