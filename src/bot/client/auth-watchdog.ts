import {
  DiscordAPIError,
  Events,
  GatewayCloseCodes,
  REST,
  RESTEvents,
  Routes,
  type Client,
} from 'discord.js';
import type { Logger } from 'pino';
import { retryWhileUnavailable } from './retry.js';

/** Routes with an interaction's token in their path: a 401 there says nothing about the bot's token. */
const TOKEN_IN_PATH = /^\/(webhooks|interactions)\//;

export const TOKEN_REFUSED =
  'Discord does not accept DISCORD_TOKEN. Set it to the token that the developer portal shows for this bot.';

/** Why the gateway closes permanently, by close code. */
const CLOSE_REASONS: Readonly<Record<number, string>> = {
  [GatewayCloseCodes.AuthenticationFailed]: TOKEN_REFUSED,
  [GatewayCloseCodes.InvalidShard]: 'Discord does not accept the shard that this bot connects with.',
  [GatewayCloseCodes.ShardingRequired]:
    'This bot is on too many servers for a single connection to Discord, and Reverie opens only one.',
  [GatewayCloseCodes.InvalidAPIVersion]:
    'Discord no longer supports the gateway version that this bot uses. Install a newer version of Reverie.',
  [GatewayCloseCodes.InvalidIntents]:
    'Discord does not know the gateway intents that this bot requests. Install a newer version of Reverie.',
  [GatewayCloseCodes.DisallowedIntents]:
    'Discord does not allow this bot to use the gateway intents it requests. Check them in the developer portal under Bot.',
};

/**
 * Resolves with the reason once Discord no longer lets the bot in: the gateway closed permanently, or the token is
 * invalid. discord.js drops its token after a single 401, so the token is checked, and set again if it is still valid.
 */
export function watchAuthentication(client: Client, token: string, log: Logger): Promise<string> {
  const own = new REST(client.options.rest).setToken(token);
  let checking = false;
  return new Promise((resolve) => {
    client.on(Events.ShardDisconnect, ({ code }) => {
      resolve(CLOSE_REASONS[code] ?? `Discord closed the connection permanently with code ${code}.`);
    });
    const check = async (): Promise<void> => {
      checking = true;
      try {
        await retryWhileUnavailable(() => own.get(Routes.user()), { log });
        client.rest.setToken(token);
        log.warn('Discord refused the token once, but accepts it again');
      } catch (thrown) {
        if (isTokenRefused(thrown)) resolve(TOKEN_REFUSED);
        else log.error({ err: thrown }, 'could not check whether Discord accepts the token');
      } finally {
        checking = false;
      }
    };
    client.rest.on(RESTEvents.Response, ({ path }, { status }) => {
      if (status === 401 && !TOKEN_IN_PATH.test(path) && !checking) void check();
    });
  });
}

export const isTokenRefused = (thrown: unknown): boolean =>
  thrown instanceof DiscordAPIError && thrown.status === 401;
