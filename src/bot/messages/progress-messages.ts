/** Makes the messages that show jobs, of new ones and of those that an earlier process left. */
import type { Client } from 'discord.js';
import type { Logger } from 'pino';
import { translator } from '../../i18n/translate.js';
import type { Estimates } from '../../jobs/estimates.js';
import type { JobRecord, JobRepository, UnfinishedJob } from '../../jobs/job-repository.js';
import type { JobMessage } from '../../jobs/job-service.js';
import type { JobQueue } from '../../jobs/queue.js';
import type { GuildSettings, GuildStyleRepository } from '../../jobs/settings-repository.js';
import { ChannelMessage, type MessageTarget } from './message-target.js';
import type { BotMessages } from './posted-messages.js';
import { ProgressMessage } from './progress-message.js';
import { EMOJI } from './result-buttons.js';
import { subjectOf } from './subject.js';

export interface ProgressMessagesOptions {
  readonly client: Client;
  readonly repository: Pick<JobRepository, 'job' | 'request' | 'saveResult'> &
    Pick<GuildStyleRepository, 'saveGuildStyle'>;
  readonly queue: Pick<JobQueue, 'cancel'>;
  readonly estimates: Estimates;
  readonly messages: Pick<BotMessages, 'setMessage' | 'withdraw'>;
  readonly log: Logger;
  /** Least time between two progress edits of one message. */
  readonly intervalMs: number;
}

export class ProgressMessages {
  readonly #options: ProgressMessagesOptions;

  constructor(options: ProgressMessagesOptions) {
    this.#options = options;
  }

  /** A message for a new job. */
  of(target: MessageTarget, settings: GuildSettings): JobMessage {
    return { location: target.location, report: (job) => this.show(job, settings, target) };
  }

  /** Shows a job in a message. */
  async show(job: JobRecord, settings: GuildSettings, target: MessageTarget): Promise<ProgressMessage> {
    const { estimates, intervalMs, log, messages, repository } = this.#options;
    const logFailure = (thrown: unknown) => {
      log.error({ err: thrown, job: job.id }, 'could not save the progress of a job');
    };
    return new ProgressMessage({
      reply: target,
      log,
      intervalMs,
      uploadLimit: job.uploadLimit,
      subject: await subjectOf(job, translator(job.locale), repository),
      doneAt: (of) => estimates.doneAt(of),
      onMessage: (location) => messages.setMessage(job.id, location).catch(logFailure),
      isKept: async () => (await repository.job(job.id)) !== undefined,
      onRendered: (seconds) => {
        estimates.costModel.learn(job.plan, seconds);
      },
      saveTaught: (taught) => this.#saveTaught(job, taught),
      saveResult: (result) => repository.saveResult(job.id, result).catch(logFailure),
      ...(settings.stopDeleted
        ? {
            onDeleted: () => {
              this.#withdraw(job.id);
            },
          }
        : {}),
      ...(settings.reactions ? { onDelivered: () => this.#addReactions(job.id) } : {}),
    });
  }

  /** Shows a job that the last process left, in its message, wherever that is. */
  async resume(job: UnfinishedJob, settings: GuildSettings): Promise<ProgressMessage> {
    const { client, repository } = this.#options;
    const { channelId, guildId, message, state, userId } = job;
    const parent = message || !job.parent ? undefined : (await repository.job(job.parent))?.message;
    const channel = { guildId, channelId, messageId: '' };
    const answers = message ?? (parent?.channelId === channelId ? parent : channel);
    // The first message, or the one that replaces another for the result, may have been posted just before the end.
    const mayBeUnrecordedSince = !message
      ? job.createdAt
      : state === 'delivering'
        ? job.changedAt
        : undefined;
    const target = new ChannelMessage(client, { answers, userId, at: message, mayBeUnrecordedSince });
    return this.show(job, settings, target);
  }

  /** Keeps a style that was taught, for the guild. */
  async #saveTaught({ id, guildId, styles, spoiler }: JobRecord, taught: Uint8Array): Promise<void> {
    const { repository } = this.#options;
    const request = await repository.request(id);
    const [name] = styles;
    if (request.kind !== 'teach' || guildId === null || name === undefined) return;
    await repository.saveGuildStyle(guildId, { name, spoiler, image: request.style, taught });
  }

  /** Ends a job whose message was deleted. A result that is finished already is no longer shown to anybody. */
  #withdraw(id: string): void {
    const { queue, messages, log } = this.#options;
    if (queue.cancel(id)) return;
    messages.withdraw(id).catch((thrown: unknown) => {
      log.error({ err: thrown, job: id }, 'a deleted picture could not be withdrawn');
    });
  }

  /** Adds the reactions to a result, one after the other as Discord requires. */
  async #addReactions(id: string): Promise<void> {
    const { client, repository, log } = this.#options;
    const location = (await repository.job(id))?.message;
    if (!location) return;
    try {
      const channel = await client.channels.fetch(location.channelId);
      if (!channel?.isTextBased()) return;
      for (const emoji of Object.values(EMOJI)) await channel.messages.react(location.messageId, emoji);
    } catch (thrown) {
      log.info({ err: thrown, job: id }, 'could not add reactions to a result');
    }
  }
}
