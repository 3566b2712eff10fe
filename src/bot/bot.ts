import { Events, type Client } from 'discord.js';
import type { Logger } from 'pino';
import { COMMANDS } from '../commands/all.js';
import { attachmentFetcher } from '../commands/attachments.js';
import type { CommandContext } from '../commands/command.js';
import type { JobQueue } from '../jobs/queue.js';
import type { Renderer } from '../pipeline/contract.js';
import { createBot } from './client.js';
import { dispatch } from './dispatch.js';
import { registerCommands } from './registration.js';

export interface BotOptions {
  readonly token: string;
  /** Another Discord than discord.com; attachments from its origin need no https. */
  readonly api?: string | undefined;
  readonly maxAttachmentBytes?: number;
  readonly progressIntervalMs?: number;
  readonly renderer: Renderer;
  readonly presets: CommandContext['presets'];
  readonly queue: JobQueue;
  readonly log: Logger;
}

export interface Bot {
  readonly client: Client<true>;
  /** Leaves Discord. Drain the queue first, so that its last words still arrive. */
  stop(): Promise<void>;
}

/** Resolves once the bot is ready and its commands are registered. */
export async function startBot(options: BotOptions): Promise<Bot> {
  const { token, api, renderer, presets, queue, log } = options;
  const { maxAttachmentBytes = 25 * 2 ** 20, progressIntervalMs = 4000 } = options;
  const fetchAttachment = attachmentFetcher({
    maxBytes: maxAttachmentBytes,
    origins: api === undefined ? [] : [new URL(api).origin],
  });
  const context: CommandContext = { renderer, queue, presets, log, fetchAttachment };
  const client = createBot({ api });
  client.on(Events.Error, (thrown) => {
    log.error({ err: thrown }, 'the connection to Discord failed');
  });
  client.on(Events.Warn, (message) => {
    log.warn(message);
  });
  client.on(Events.InteractionCreate, (interaction) => {
    void dispatch(interaction, { context, progressIntervalMs });
  });
  const ready = new Promise<Client<true>>((resolve) => {
    client.once(Events.ClientReady, resolve);
  });
  try {
    await client.login(token);
    const connected = await ready;
    await registerCommands(connected, COMMANDS.values(), log);
    log.info({ user: connected.user.tag, guilds: connected.guilds.cache.size }, 'ready');
    return { client: connected, stop: () => client.destroy() };
  } catch (thrown) {
    await client.destroy();
    throw thrown;
  }
}
