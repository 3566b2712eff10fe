import type {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  Client,
  EmbedBuilder,
  Message,
  MessageMentionOptions,
  SendableChannels,
} from 'discord.js';
import { linkTo } from '../../commands/shared/labels.js';
import type { MessageLocation } from '../../jobs/message-repository.js';
import { findJobMessage, firstIdAt, newerId, nonceFor, showsView } from './job-message.js';
import {
  isUnavailable,
  isDeleted,
  isGone,
  isUnreachable,
  isTooLarge,
  isUnknownChannel,
} from '../client/discord-errors.js';

/** What a message shows. Built anew for every call: discord.js changes the object it is given. */
export interface View {
  content: string;
  embeds: EmbedBuilder[];
  components: ActionRowBuilder<ButtonBuilder>[];
  files: AttachmentBuilder[];
  allowedMentions: MessageMentionOptions;
}

/** @param origin the address of the message that this one speaks for, where it comes in person instead */
export type BuildView = (origin?: string) => View;

/** One message that shows one job, however it is reached. */
export interface MessageTarget {
  /** True once there is no message left to edit. */
  readonly gone: boolean;
  /** True once somebody has deleted the message. */
  readonly deleted: boolean;
  /** Where it is, once it is anywhere. */
  readonly location: MessageLocation | undefined;
  /** Until when it can be edited, on the steady clock. Nothing where that has no end. */
  readonly editableUntil?: number | undefined;
  /** Throws what Discord answers. */
  edit(build: BuildView, job: string): Promise<void>;
  /** Ends the edits of this message: what is delivered comes in another one. */
  leave(): void;
  /**
   * The edit that must arrive: in the message, else in a new one, else in a direct message. However often it is tried
   * for one job, also by the next process, there is one message in the end.
   *
   * @param options.replaceDeleted whether a new message takes the place of one that was deleted; otherwise it throws
   */
  deliver(build: BuildView, job: string, options?: { replaceDeleted?: boolean }): Promise<void>;
}

export const locationOf = ({ id, guildId, channelId }: Message): MessageLocation => ({
  guildId,
  channelId,
  messageId: id,
});

export interface ChannelMessageOptions {
  /** The message that is answered; without an id only the channel to post in. */
  readonly answers: MessageLocation;
  readonly userId: string;
  /** Where the message is, if it was posted before. */
  readonly at?: MessageLocation | undefined;
  /** The process before this one may have posted a message, no earlier than then, and not have written down where. */
  readonly mayBeUnrecordedSince?: Date | undefined;
  /** Whether the bot's own token reaches the channel. */
  readonly reachable?: boolean;
}

class OutOfReach extends Error {
  override readonly name = 'OutOfReach';
}

/**
 * A message that the bot posts by itself, in answer to another one: what a reaction leads to. Or one that it posted
 * before (`at`), reached again after a restart.
 */
export class ChannelMessage implements MessageTarget {
  readonly #options: ChannelMessageOptions;
  #place: MessageLocation | undefined;
  #gone = false;
  #deleted = false;
  #reachable: boolean;
  /** Since when there may be a newer message than `#place` that nobody has written down. */
  #unrecordedSince: Date | undefined;
  /** The message that the present one has replaced and that still stands there. */
  #superseded: MessageLocation | undefined;

  constructor(
    protected readonly client: Client,
    options: ChannelMessageOptions,
  ) {
    this.#options = options;
    this.#place = options.at;
    this.#reachable = options.reachable ?? true;
    this.#unrecordedSince = options.mayBeUnrecordedSince;
  }

  get gone(): boolean {
    return this.#gone;
  }

  get deleted(): boolean {
    return this.#deleted;
  }

  get location(): MessageLocation | undefined {
    return this.#place;
  }

  leave(): void {
    this.#gone = true;
  }

  async edit(build: BuildView, job: string): Promise<void> {
    if (this.#place || this.#gone) await this.#change(build);
    else await this.#post(await this.#channel(this.#options.answers.channelId), build, job);
  }

  async deliver(build: BuildView, job: string, { replaceDeleted = true } = {}): Promise<void> {
    const { answers, userId } = this.#options;
    await this.#recall(job);
    const before = this.#place;
    const inMessage = () => this.#change(build);
    const inChannel = async () => {
      await this.#post(await this.#channel(answers.channelId), build, job);
    };
    const from = before ?? (answers.messageId ? answers : undefined);
    let origin = this.#deleted || !from ? undefined : linkTo({ message: from });
    const inPerson = async () => {
      await this.#post(await this.client.users.createDM(userId), () => build(origin), job);
    };
    const ways = [...(before && !this.#gone ? [inMessage] : []), inChannel, inPerson];
    for (const way of ways) {
      if (this.#deleted && !replaceDeleted) throw new Error('the message was deleted');
      if (way === inChannel && !this.#reachable) continue;
      try {
        await way();
        break;
      } catch (thrown) {
        if (isTooLarge(thrown) || isUnavailable(thrown) || way === inPerson) throw thrown;
        if (isDeleted(thrown) || isUnknownChannel(thrown)) origin = undefined;
        if (isUnreachable(thrown)) this.#reachable = false;
      }
    }
    await this.#clear();
  }

  /** Where the message is known to be from now on. */
  protected settle(location: MessageLocation): void {
    const before = this.#place;
    if (before && !this.#deleted && before.messageId !== location.messageId) this.#superseded = before;
    this.#place = location;
    this.#gone = false;
    this.#deleted = false;
    this.#unrecordedSince = undefined;
  }

  /** Edits the message that is there. */
  protected async change(build: BuildView, { channelId, messageId }: MessageLocation): Promise<void> {
    if (!this.#reachable && channelId === this.#options.answers.channelId) throw new OutOfReach();
    const channel = await this.#channel(channelId);
    await channel.messages.edit(messageId, complete(build()));
  }

  async #change(build: BuildView): Promise<void> {
    if (!this.#place || this.#gone) throw new OutOfReach('there is no message to edit');
    try {
      await this.change(build, this.#place);
    } catch (thrown) {
      if (isGone(thrown) || thrown instanceof OutOfReach) this.#gone = true;
      if (isDeleted(thrown)) this.#deleted = true;
      throw thrown;
    }
  }

  /** Posts the next message of the job, or finds it where it was posted before. */
  async #post(channel: SendableChannels, build: BuildView, job: string): Promise<void> {
    const { answers } = this.#options;
    const replaced = this.#place?.messageId;
    let message = await this.#find(channel, job);
    const now = new Date();
    try {
      message ??= await channel.send({
        ...build(),
        nonce: nonceFor(job, channel.id, replaced),
        enforceNonce: true,
        ...(answers.messageId && !replaced && channel.id === answers.channelId
          ? { reply: { messageReference: answers.messageId, failIfNotExists: false } }
          : {}),
      });
    } catch (thrown) {
      // Discord may have taken it all the same, and forgets the nonce after a few minutes.
      if (isUnavailable(thrown)) this.#unrecordedSince ??= now;
      throw thrown;
    }
    this.settle(locationOf(message));
    if (!showsView(message, build())) await this.#change(build);
  }

  /** A message of the job that was posted and not written down takes the place of the one that was. */
  async #recall(job: string): Promise<void> {
    if (!this.#place || !this.#unrecordedSince || !this.#reachable) return;
    try {
      const newer = await this.#find(await this.#channel(this.#place.channelId), job);
      if (newer) this.settle(locationOf(newer));
    } catch (thrown) {
      if (isUnavailable(thrown)) throw thrown;
    }
  }

  async #find(channel: SendableChannels, job: string): Promise<Message | undefined> {
    if (!this.#unrecordedSince) return undefined;
    const first = firstIdAt(this.#unrecordedSince);
    const { messageId = '0', channelId } = this.#place ?? {};
    return findJobMessage(channel, job, channelId === channel.id ? newerId(messageId, first) : first);
  }

  /** Deletes a message that another one in its channel has replaced: its buttons would do nothing. */
  async #clear(): Promise<void> {
    const { channelId, messageId } = this.#superseded ?? {};
    if (!channelId || !messageId || channelId !== this.#place?.channelId) return;
    try {
      await (await this.#channel(channelId)).messages.delete(messageId);
    } catch (thrown) {
      if (isUnavailable(thrown)) throw thrown;
    }
    this.#superseded = undefined;
  }

  async #channel(id: string): Promise<SendableChannels> {
    const channel = await this.client.channels.fetch(id);
    if (!channel?.isSendable()) throw new OutOfReach('the channel cannot be reached');
    return channel;
  }
}

/** A view without files has to say so, or the old ones stay. */
export const complete = (view: View) => (view.files.length > 0 ? view : { ...view, attachments: [] });
