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

/** Carries an interaction's own token in its address: a refusal says nothing about the bot's. */
const OTHER_TOKEN = /^\/(webhooks|interactions)\//;

export const TOKEN_REFUSED =
  'Discord does not accept DISCORD_TOKEN. Set it to the token that the developer portal shows for this bot.';

/** Why the gateway closes for good, by its close code. */
const CLOSED: Readonly<Record<number, string>> = {
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
 * Resolves, with the reason in words, once Discord lets the bot in no more: its gateway closed for good, or its token is
 * taken back. discord.js forgets the token after a single refusal, so a refusal is checked, and the token given back where
 * Discord still takes it.
 */
export function watchAuthentication(client: Client, token: string, log: Logger): Promise<string> {
  const own = new REST(client.options.rest).setToken(token);
  let checking = false;
  return new Promise((resolve) => {
    client.on(Events.ShardDisconnect, ({ code }) => {
      resolve(CLOSED[code] ?? `Discord closed the connection permanently with code ${code}.`);
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
      if (status === 401 && !OTHER_TOKEN.test(path) && !checking) void check();
    });
  });
}

export const isTokenRefused = (thrown: unknown): boolean =>
  thrown instanceof DiscordAPIError && thrown.status === 401;
