import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'discord.js';
import type { Logger } from 'pino';
import type { PostedMessages } from '../../commands/shared/command.js';
import type { MessageLocation, MessageRepository } from '../../jobs/message-repository.js';
import { RateLimiter } from '../../jobs/rate-limiter.js';
import { locationOf } from './message-target.js';
import { textView } from './views.js';

/** How long a reply is shown. */
const SHOWN_MS = 15_000;
/** How long `stop` waits for the replies to be deleted. */
const STOP_MS = 1000;
/** The reaction that is added where the bot may not write. */
const REFUSED = '🚫';

export interface PassingRepliesOptions {
  readonly client: Client;
  readonly repository: Pick<MessageRepository, 'addUnwanted'>;
  readonly messages: Pick<PostedMessages, 'delete'>;
  readonly log: Logger;
}

/**
 * Answers to reactions, which Discord cannot show to one member only: replies in the channel that are deleted after a
 * while. Where the bot may not write, it adds a reaction instead.
 */
export class PassingReplies {
  readonly #options: PassingRepliesOptions;
  readonly #shown = new Map<NodeJS.Timeout, MessageLocation>();
  /** Members who keep reacting are not answered every time. */
  readonly #rateLimiter = new RateLimiter(2, SHOWN_MS);

  constructor(options: PassingRepliesOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async send(to: MessageLocation, userId: string, sentence: string): Promise<void> {
    if (!this.#rateLimiter.allows(userId)) return;
    const { client, repository, log } = this.#options;
    try {
      const channel = await client.channels.fetch(to.channelId);
      if (!channel?.isSendable()) throw new Error('the channel cannot be reached');
      const reply = { messageReference: to.messageId, failIfNotExists: false };
      const location = locationOf(await channel.send({ ...textView(`<@${userId}> ${sentence}`), reply }));
      // Marked for deletion already, so that the next process deletes it after a crash.
      await repository.addUnwanted(location);
      const timer = setTimeout(() => void this.#delete(timer), SHOWN_MS).unref();
      this.#shown.set(timer, location);
    } catch (thrown) {
      log.info({ err: thrown }, 'could not reply to a reaction with a message');
      await this.#react(to);
    }
  }

  /** Deletes all replies. If Discord is unavailable, the next process does. */
  async stop(): Promise<void> {
    const deleted = Promise.all([...this.#shown.keys()].map((timer) => this.#delete(timer)));
    await Promise.race([deleted, sleep(STOP_MS, undefined, { ref: false })]);
  }

  async #react({ channelId, messageId }: MessageLocation): Promise<void> {
    const { client, log } = this.#options;
    try {
      const channel = await client.channels.fetch(channelId);
      if (channel?.isTextBased()) await channel.messages.react(messageId, REFUSED);
    } catch (thrown) {
      log.info({ err: thrown }, 'could not respond to a reaction at all');
    }
  }

  async #delete(timer: NodeJS.Timeout): Promise<void> {
    const location = this.#shown.get(timer);
    clearTimeout(timer);
    this.#shown.delete(timer);
    if (location) await this.#options.messages.delete([location]);
  }
}
