import { Client, GatewayIntentBits, Partials } from 'discord.js';
import { failsFastOnRateLimit } from './fail-fast.js';

/** Every job leaves discord.js a few queues of requests, which it would keep for an hour. */
const SWEEP_MS = 5 * 60_000;

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
    rest: {
      // A frame that would have to wait would arrive stale, and keep the picture waiting behind it.
      rejectOnRateLimit: failsFastOnRateLimit,
      handlerSweepInterval: SWEEP_MS,
      ...(options.api === undefined ? {} : { api: options.api }),
    },
  });
}
