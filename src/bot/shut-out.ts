import { DiscordAPIError, Events, REST, RESTEvents, Routes, type Client } from 'discord.js';
import type { Logger } from 'pino';
import { untilThere } from './patience.js';

/** Carries an interaction's own token in its address: a refusal says nothing about the bot's. */
const OTHER_TOKEN = /^\/(webhooks|interactions)\//;

/**
 * Resolves, with the reason, once Discord lets the bot in no more: its gateway closed for good, or its token is taken
 * back. discord.js forgets the token after a single refusal, so a refusal is checked, and the token given back where
 * Discord still takes it.
 */
export function shutOut(client: Client, token: string, log: Logger): Promise<string> {
  const own = new REST(client.options.rest).setToken(token);
  let checking = false;
  return new Promise((resolve) => {
    client.on(Events.ShardDisconnect, ({ code }) => {
      resolve(`the gateway closed for good with ${code}`);
    });
    const check = async (): Promise<void> => {
      checking = true;
      try {
        await untilThere(() => own.get(Routes.user()), { log });
        client.rest.setToken(token);
        log.warn('Discord refused the token once and takes it again');
      } catch (thrown) {
        if (isRefused(thrown)) resolve('Discord no longer takes the token');
        else log.error({ err: thrown }, 'whether Discord takes the token could not be found out');
      } finally {
        checking = false;
      }
    };
    client.rest.on(RESTEvents.Response, ({ path }, { status }) => {
      if (status === 401 && !OTHER_TOKEN.test(path) && !checking) void check();
    });
  });
}

export const isRefused = (thrown: unknown): boolean =>
  thrown instanceof DiscordAPIError && thrown.status === 401;
