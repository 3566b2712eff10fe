import { Events, REST, Routes, type Client } from 'discord.js';
import type { Logger } from 'pino';
import { COMMANDS } from '../commands/index.js';
import type { CommandContext, Repository } from '../commands/shared/command.js';
import { attachmentFetcher, pictureReader } from '../commands/shared/pictures.js';
import { withGuildStyles } from '../commands/shared/guild-styles.js';
import { ReverieError } from '../errors.js';
import { NOBODY, type AccessLists } from '../jobs/access.js';
import { Estimates } from '../jobs/estimates.js';
import { JobService } from '../jobs/job-service.js';
import { PendingRequests } from '../jobs/pending-requests.js';
import type { JobQueue } from '../jobs/queue.js';
import { TimeQuota, type TimeQuotaLimits } from '../jobs/time-quota.js';
import type { Renderer } from '../pipeline/renderer.js';
import { isTokenRefused, TOKEN_REFUSED, watchAuthentication } from './client/auth-watchdog.js';
import { createClient } from './client/client.js';
import { registerCommands } from './client/registration.js';
import { retryWhileUnavailable } from './client/retry.js';
import type { BotContext } from './context.js';
import { MENUS } from './interactions/menus.js';
import { addReaction, removeReaction } from './interactions/reactions.js';
import { routeInteraction } from './interactions/router.js';
import { INTERACTION_TOKEN_LIFE_MS } from './messages/interaction-reply.js';
import { PassingReplies } from './messages/passing-replies.js';
import { BotMessages } from './messages/posted-messages.js';
import { ProgressMessages } from './messages/progress-messages.js';

export interface BotOptions {
  readonly token: string;
  /** The API of another Discord than discord.com. Attachments from its origin need no https. */
  readonly api?: string | undefined;
  readonly maxAttachmentBytes?: number;
  /** Pictures with more pixels are refused, where that is stricter than the pipeline's own limit. */
  readonly maxPixels?: number;
  /** How long the download of an attachment may take. */
  readonly downloadMs?: number;
  readonly progressIntervalMs?: number;
  /** Commands, menus and modals that one member may use. */
  readonly commandsPerMinute?: number;
  /** A job that was interrupted this often while it rendered is given up. */
  readonly maxAttempts?: number;
  /** Rendering time that may be asked for; unlimited by default. */
  readonly timeLimits?: TimeQuotaLimits;
  readonly renderer: Renderer;
  /** Those of every guild. */
  readonly presets: ReturnType<CommandContext['presetsIn']>;
  readonly queue: JobQueue;
  readonly repository: Repository;
  readonly lists?: AccessLists;
  readonly log: Logger;
}

export interface Bot {
  readonly client: Client<true>;
  /** Resolves with the reason once Discord no longer lets the bot in. */
  readonly authenticationLost: Promise<string>;
  /** Disconnects from Discord. Drain the queue first, so that its last messages are still sent. */
  stop(): Promise<void>;
}

/** How many past jobs estimates are learned from. */
const HISTORY = 200;

const UNLIMITED: TimeQuotaLimits = { perJob: Infinity, perUser: Infinity, perGuild: Infinity };

/**
 * Resolves once the bot is ready and its commands are registered. Waits for as long as Discord is unavailable.
 * @throws ReverieError `invalid-configuration` if Discord does not accept the token
 */
export async function startBot(options: BotOptions): Promise<Bot> {
  const { token, log } = options;
  const client = createClient({ api: options.api });
  const context = await createContext(options, client);
  listen(client, context);
  const ready = new Promise<Client<true>>((resolve) => {
    client.once(Events.ClientReady, resolve);
  });
  const authenticationLost = watchAuthentication(client, token, log);
  try {
    await waitForDiscord(client, token, log);
    const refused = authenticationLost.then((reason) => {
      throw new ReverieError('invalid-configuration', reason);
    });
    const connected = await Promise.race([client.login(token).then(() => ready), refused]);
    const definitions = [...COMMANDS.values()].map(({ definition }) => definition);
    await registerCommands(connected, [...definitions, ...Object.values(MENUS)], log);
    await context.jobs.resume((job, settings) => context.progressMessages.resume(job, settings));
    void context.messages.deleteUnwanted().catch((thrown: unknown) => {
      log.error({ err: thrown }, 'some messages could not be deleted yet');
    });
    log.info({ user: connected.user.tag, guilds: connected.guilds.cache.size }, 'ready');
    return {
      client: connected,
      authenticationLost,
      async stop() {
        await context.passingReplies.stop();
        await client.destroy();
      },
    };
  } catch (thrown) {
    await client.destroy();
    throw thrown;
  }
}

/** Puts together what the handlers of Discord's events use. */
async function createContext(options: BotOptions, client: Client): Promise<BotContext> {
  const { api, renderer, presets, queue, repository, log, lists = NOBODY } = options;
  const { multiplyAddsPerSecond } = await renderer.capabilities();
  const estimates = new Estimates(queue, repository.history(HISTORY), multiplyAddsPerSecond);
  const pending = new PendingRequests();
  const messages = new BotMessages(client, repository, log);
  const timeQuota = new TimeQuota({
    limits: options.timeLimits ?? UNLIMITED,
    costModel: estimates.costModel,
    renderer,
    tokenLifeMs: INTERACTION_TOKEN_LIFE_MS,
  });
  const jobs = new JobService({
    ...{ repository, queue, renderer, pending, timeQuota, lists, log },
    commandsPerMinute: options.commandsPerMinute ?? 20,
    maxAttempts: options.maxAttempts ?? 5,
  });
  const progressMessages = new ProgressMessages({
    ...{ client, repository, queue, estimates, messages, log },
    intervalMs: options.progressIntervalMs ?? 4000,
  });
  const fetchAttachment = attachmentFetcher({
    maxBytes: options.maxAttachmentBytes ?? 25 * 2 ** 20,
    timeoutMs: options.downloadMs,
    origins: api === undefined ? [] : [new URL(api).origin],
  });
  return {
    ...{ client, log, jobs, queue, pending, estimates, renderer, repository, lists, messages },
    presetsIn: (guildId) => withGuildStyles(presets, guildId, repository),
    progressMessages,
    pictureReader: (signal) => pictureReader(fetchAttachment, options.maxPixels, signal),
    passingReplies: new PassingReplies({ client, repository, messages, log }),
  };
}

function listen(client: Client, context: BotContext): void {
  const { log, repository } = context;
  client.on(Events.Error, (thrown) => {
    log.error({ err: thrown }, 'the connection to Discord failed');
  });
  client.on(Events.Warn, (message) => {
    log.warn(message);
  });
  client.on(Events.GuildDelete, ({ id }) => {
    repository.forgetGuildStyles(id).catch((thrown: unknown) => {
      log.error({ err: thrown, guild: id }, 'the styles of a guild that was left could not be deleted');
    });
  });
  client.on(Events.InteractionCreate, (interaction) => {
    void routeInteraction(interaction, context);
  });
  client.on(Events.MessageReactionAdd, (reaction, user) => {
    void addReaction(reaction, user, context);
  });
  client.on(Events.MessageReactionRemove, (reaction, user) => {
    void removeReaction(reaction, user, context);
  });
}

/** Waits until Discord is available. @throws ReverieError `invalid-configuration` for a wrong token */
async function waitForDiscord(client: Client, token: string, log: Logger): Promise<void> {
  const rest = new REST(client.options.rest).setToken(token);
  try {
    await retryWhileUnavailable(() => rest.get(Routes.gatewayBot()), { log, keepAlive: true });
  } catch (thrown) {
    if (!isTokenRefused(thrown)) throw thrown;
    throw new ReverieError('invalid-configuration', TOKEN_REFUSED, { cause: thrown });
  }
}
