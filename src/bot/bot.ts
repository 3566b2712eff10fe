import { Events, REST, Routes, type Client } from 'discord.js';
import type { Logger } from 'pino';
import { COMMANDS } from '../commands/index.js';
import { PendingRequests } from '../commands/shared/pending-requests.js';
import { attachmentFetcher } from '../commands/shared/attachments.js';
import { NOBODY, type AccessLists } from '../commands/shared/authorise.js';
import type { CommandContext, Repository } from '../commands/shared/command.js';
import { ReverieError } from '../errors.js';
import { Estimates } from '../jobs/estimates.js';
import type { JobQueue } from '../jobs/queue.js';
import type { Renderer } from '../pipeline/renderer.js';
import type { TimeQuotaLimits } from './time-quota.js';
import { createBot } from './client/client.js';
import { routeInteraction } from './interactions/router.js';
import { MENUS } from './interactions/menus.js';
import { retryWhileUnavailable } from './client/retry.js';
import { BotMessages } from './messages/posted-messages.js';
import { react } from './interactions/reactions.js';
import { registerCommands } from './client/registration.js';
import { isTokenRefused, watchAuthentication, TOKEN_REFUSED } from './client/auth-watchdog.js';
import { JobService } from './job-service.js';

export interface BotOptions {
  readonly token: string;
  /** Another Discord than discord.com; attachments from its origin need no https. */
  readonly api?: string | undefined;
  readonly maxAttachmentBytes?: number;
  /** How long a whole attachment may take to arrive. */
  readonly downloadMs?: number;
  readonly progressIntervalMs?: number;
  /** Commands, menus and modals that one person may use. */
  readonly commandsPerMinute?: number;
  /** How often a job is begun, if the process dies while it renders. */
  readonly maxAttempts?: number;
  /** Time that people may ask for; without it as much as they like. */
  readonly timeLimits?: TimeQuotaLimits;
  readonly renderer: Renderer;
  readonly presets: CommandContext['presets'];
  readonly queue: JobQueue;
  readonly repository: Repository;
  readonly lists?: AccessLists;
  readonly log: Logger;
}

export interface Bot {
  readonly client: Client<true>;
  /** Resolves, with the reason, once Discord lets the bot in no more. */
  readonly shutOut: Promise<string>;
  /** Leaves Discord. Drain the queue first, so that its last words still arrive. */
  stop(): Promise<void>;
}

/** Past jobs that estimates are learned from. */
const HISTORY = 200;

/** Resolves once the bot is ready and its commands are registered. */
export async function startBot(options: BotOptions): Promise<Bot> {
  const { token, api, renderer, presets, queue, repository, log, lists = NOBODY } = options;
  const { maxAttachmentBytes = 25 * 2 ** 20, progressIntervalMs = 4000, maxAttempts = 5 } = options;
  const { commandsPerMinute = 20 } = options;
  const { timeLimits = { perJob: Infinity, perUser: Infinity, perGuild: Infinity } } = options;
  const fetchAttachment = attachmentFetcher({
    maxBytes: maxAttachmentBytes,
    timeoutMs: options.downloadMs,
    origins: api === undefined ? [] : [new URL(api).origin],
  });
  const pending = new PendingRequests();
  const { multiplyAddsPerSecond } = await renderer.capabilities();
  const estimates = new Estimates(queue, repository.history(HISTORY), multiplyAddsPerSecond);
  const client = createBot({ api });
  const messages = new BotMessages(client, repository, log);
  const context: CommandContext = {
    ...{ renderer, queue, estimates, presets, log, fetchAttachment, repository, lists, pending, messages },
  };
  const service = new JobService({
    ...{ context, client, lists, progressIntervalMs, maxAttempts, timeLimits, commandsPerMinute, messages },
  });
  client.on(Events.Error, (thrown) => {
    log.error({ err: thrown }, 'the connection to Discord failed');
  });
  client.on(Events.Warn, (message) => {
    log.warn(message);
  });
  client.on(Events.InteractionCreate, (interaction) => {
    void routeInteraction(interaction, service);
  });
  client.on(Events.MessageReactionAdd, (reaction, user) => {
    void react(reaction, user, true, service);
  });
  client.on(Events.MessageReactionRemove, (reaction, user) => {
    void react(reaction, user, false, service);
  });
  const ready = new Promise<Client<true>>((resolve) => {
    client.once(Events.ClientReady, resolve);
  });
  const lockedOut = watchAuthentication(client, token, log);
  try {
    await waitForDiscord(client, token, log);
    const refused = lockedOut.then((reason) => {
      throw new ReverieError('invalid-configuration', reason);
    });
    const connected = await Promise.race([client.login(token).then(() => ready), refused]);
    const definitions = [...COMMANDS.values()].map(({ definition }) => definition);
    await registerCommands(connected, [...definitions, ...Object.values(MENUS)], log);
    await service.resume();
    void messages.deleteUnwanted().catch((thrown: unknown) => {
      log.error({ err: thrown }, 'some messages could not be deleted yet');
    });
    log.info({ user: connected.user.tag, guilds: connected.guilds.cache.size }, 'ready');
    return {
      client: connected,
      shutOut: lockedOut,
      async stop() {
        await service.passingReplies.stop();
        await client.destroy();
      },
    };
  } catch (thrown) {
    await client.destroy();
    throw thrown;
  }
}

/** A bot that starts while Discord is away waits for it. @throws ReverieError `invalid-configuration` for a wrong token */
async function waitForDiscord(client: Client, token: string, log: Logger): Promise<void> {
  const rest = new REST(client.options.rest).setToken(token);
  try {
    await retryWhileUnavailable(() => rest.get(Routes.gatewayBot()), { log, awake: true });
  } catch (thrown) {
    if (!isTokenRefused(thrown)) throw thrown;
    throw new ReverieError('invalid-configuration', TOKEN_REFUSED, { cause: thrown });
  }
}
