import { Routes, type Client } from 'discord.js';
import type { Logger } from 'pino';
import type { PostedMessages } from '../../commands/shared/command.js';
import type { JobRepository, JobRecord } from '../../jobs/job-repository.js';
import type { MessageCopy, MessageLocation, MessageRepository } from '../../jobs/message-repository.js';
import { retryWhileUnavailable } from '../client/retry.js';
import { isDeleted, isUnknownChannel } from '../client/discord-errors.js';
import type { View } from './message-target.js';

/** Messages that the bot has posted, edited and deleted with its own token. */
export class BotMessages implements PostedMessages {
  constructor(
    private readonly client: Client,
    private readonly repository: Pick<JobRepository, 'setMessage' | 'withdraw'> & MessageRepository,
    private readonly log: Logger,
  ) {}

  async delete(places: readonly MessageLocation[]): Promise<readonly MessageLocation[]> {
    const left: MessageLocation[] = [];
    for (const location of places) {
      try {
        await retryWhileUnavailable(() => this.client.rest.delete(routeOf(location)), { log: this.log });
      } catch (thrown) {
        if (!isDeleted(thrown) && !isUnknownChannel(thrown)) {
          this.log.info({ err: thrown, ...location }, 'a message could not be deleted');
          left.push(location);
        }
      }
      await this.repository.forgetUnwanted(location.messageId);
    }
    return left;
  }

  /** Records which message shows a job. If the job is gone meanwhile, the message is deleted. */
  async setMessage(id: string, message: MessageLocation): Promise<void> {
    if (!(await this.repository.setMessage(id, message))) await this.#discard(message);
  }

  /** Records that another message shows a result. If the result is gone meanwhile, the message is deleted. */
  async addCopy(id: string, copy: MessageCopy): Promise<void> {
    if (!(await this.repository.addCopy(id, copy))) await this.#discard(copy);
  }

  /** Deletes what the last process had marked for deletion and left. */
  async deleteUnwanted(): Promise<void> {
    await this.delete(await this.repository.unwantedMessages());
  }

  async stillPosted<J extends JobRecord>(jobs: readonly J[]): Promise<readonly J[]> {
    const checked = await Promise.all(
      jobs.map(async (job) => ({
        job,
        deleted: job.message !== undefined && (await this.#isDeleted(job.message)),
      })),
    );
    for (const { job, deleted } of checked) if (deleted) await this.withdraw(job.id);
    return checked.filter(({ deleted }) => !deleted).map(({ job }) => job);
  }

  /** Only moderators can delete a message of the bot, so nobody in the guild is shown the job any more. */
  async withdraw(id: string): Promise<void> {
    await this.delete(await this.repository.withdraw(id));
    this.log.info({ job: id }, 'a moderator deleted the message of a job: the job is withdrawn');
  }

  /** Edits what `view` names and leaves the rest. Throws what Discord answers. */
  async edit({ channelId, messageId }: MessageLocation, view: Partial<View>): Promise<void> {
    const channel = await this.client.channels.fetch(channelId);
    if (!channel?.isTextBased()) throw new Error('the channel cannot be reached');
    await channel.messages.edit(messageId, view);
  }

  async #discard(message: MessageLocation): Promise<void> {
    await this.repository.addUnwanted(message);
    await this.delete([message]);
  }

  /** False if it is unknown: the bot may no longer see the channel. */
  async #isDeleted(location: MessageLocation): Promise<boolean> {
    try {
      await this.client.rest.get(routeOf(location));
      return false;
    } catch (thrown) {
      return isDeleted(thrown);
    }
  }
}

const routeOf = ({ channelId, messageId }: MessageLocation) => Routes.channelMessage(channelId, messageId);
