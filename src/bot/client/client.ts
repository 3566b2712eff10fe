/** The discord.js client, and what every call through it may need. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  Client,
  DiscordAPIError,
  GatewayIntentBits,
  Partials,
  RESTJSONErrorCodes,
  type RepliableInteraction,
} from 'discord.js';

/** discord.js keeps the request queues of every job for an hour by default. */
const SWEEP_MS = 5 * 60_000;

const failFast = new AsyncLocalStorage<true>();

/** Rate-limited requests of `work` fail instead of waiting: for edits that would be outdated by the time they are sent. */
export const failFastOnRateLimit = <T>(work: () => Promise<T>): Promise<T> => failFast.run(true, work);

/** A client without privileged intents that mentions nobody unless told to. */
export function createClient(options: { readonly api?: string | undefined } = {}): Client {
  return new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessageReactions,
      GatewayIntentBits.DirectMessageReactions,
    ],
    partials: [Partials.Message, Partials.Reaction, Partials.User, Partials.Channel],
    allowedMentions: { parse: [] },
    // A message that is sent again because its response was lost is not posted twice.
    enforceNonce: true,
    rest: {
      rejectOnRateLimit: () => failFast.getStore() === true,
      handlerSweepInterval: SWEEP_MS,
      ...(options.api === undefined ? {} : { api: options.api }),
    },
  });
}

/**
 * Defers the answer. If Discord accepted it but its response was lost, discord.js tries again and is told that the
 * interaction is acknowledged already, which is just as good.
 */
export async function defer(
  interaction: RepliableInteraction,
  options: Parameters<RepliableInteraction['deferReply']>[0] & object = {},
): Promise<void> {
  try {
    await interaction.deferReply(options);
  } catch (thrown) {
    const { InteractionHasAlreadyBeenAcknowledged } = RESTJSONErrorCodes;
    if (!(thrown instanceof DiscordAPIError) || thrown.code !== InteractionHasAlreadyBeenAcknowledged)
      throw thrown;
    interaction.deferred = true;
    interaction.ephemeral = 'flags' in options && Boolean(options.flags);
  }
}
