import type {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  Client,
  EmbedBuilder,
  Message,
  MessageMentionOptions,
  SendableChannels,
  StringSelectMenuBuilder,
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

/** The content of a message. Built again for every call: discord.js changes the object that it is given. */
export interface View {
  content: string;
  embeds: EmbedBuilder[];
  components: ActionRowBuilder<ButtonBuilder | StringSelectMenuBuilder>[];
  files: AttachmentBuilder[];
  allowedMentions: MessageMentionOptions;
}

/** @param origin the link to the message that a direct message replaces */
export type BuildView = (origin?: string) => View;

/** The message that shows a job, however it is reached. */
export interface MessageTarget {
  /** True once there is no message left to edit. */
  readonly gone: boolean;
  /** True once a moderator has deleted the message. */
  readonly deleted: boolean;
  /** Where the message is, once it is posted. */
  readonly location: MessageLocation | undefined;
  /** Until when it can be edited, on the monotonic clock. Undefined if there is no limit. */
  readonly editableUntil?: number | undefined;
  /** Edits or posts the message. Throws what Discord answers. */
  edit(build: BuildView, job: string): Promise<void>;
  /** Stops editing this message: the result is delivered in another one. */
  leave(): void;
  /**
   * Shows what must be seen: in the message, else in a new one, else in a direct message. However often this is tried
   * for a job, by the next process too, there is one message in the end.
   *
   * @param options.replaceDeleted whether a new message replaces a deleted one; if not, `deliver` throws
   */
  deliver(build: BuildView, job: string, options?: { replaceDeleted?: boolean }): Promise<void>;
}

export const locationOf = ({ id, guildId, channelId }: Message): MessageLocation => ({
  guildId,
  channelId,
  messageId: id,
});

export interface ChannelMessageOptions {
  /** The message to reply to; without an id, only the channel to post in. */
  readonly answers: MessageLocation;
  readonly userId: string;
  /** The job's message, if it was posted before. */
  readonly at?: MessageLocation | undefined;
  /** Since when the last process may have posted a message without recording it. */
  readonly mayBeUnrecordedSince?: Date | undefined;
  /** Whether the bot's own token reaches the channel. */
  readonly reachable?: boolean;
}

class OutOfReach extends Error {
  override readonly name = 'OutOfReach';
}

/** A message that is posted and edited with the bot's own token: the result of a reaction, or any message after a restart. */
export class ChannelMessage implements MessageTarget {
  readonly #options: ChannelMessageOptions;
  #location: MessageLocation | undefined;
  #gone = false;
  #deleted = false;
  #reachable: boolean;
  /** Since when there may be a newer message than `#location` that is not recorded. */
  #unrecordedSince: Date | undefined;
  /** The message that the present one replaces and that is still there. */
  #replaced: MessageLocation | undefined;

  constructor(
    protected readonly client: Client,
    options: ChannelMessageOptions,
  ) {
    this.#options = options;
    this.#location = options.at;
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
    return this.#location;
  }

  leave(): void {
    this.#gone = true;
  }

  async edit(build: BuildView, job: string): Promise<void> {
    if (this.#location || this.#gone) await this.#change(build);
    else await this.#post(await this.#channel(this.#options.answers.channelId), build, job);
  }

  async deliver(build: BuildView, job: string, { replaceDeleted = true } = {}): Promise<void> {
    const { answers, userId } = this.#options;
    await this.#findUnrecorded(job);
    const before = this.#location;
    const byEdit = () => this.#change(build);
    const inChannel = async () => {
      await this.#post(await this.#channel(answers.channelId), build, job);
    };
    const from = before ?? (answers.messageId ? answers : undefined);
    let origin = this.#deleted || !from ? undefined : linkTo({ message: from });
    const inDirectMessage = async () => {
      await this.#post(await this.client.users.createDM(userId), () => build(origin), job);
    };
    const ways = [...(before && !this.#gone ? [byEdit] : []), inChannel, inDirectMessage];
    for (const way of ways) {
      if (this.#deleted && !replaceDeleted) throw new Error('the message was deleted');
      if (way === inChannel && !this.#reachable) continue;
      try {
        await way();
        break;
      } catch (thrown) {
        if (isTooLarge(thrown) || isUnavailable(thrown) || way === inDirectMessage) throw thrown;
        if (isDeleted(thrown) || isUnknownChannel(thrown)) origin = undefined;
        if (isUnreachable(thrown)) this.#reachable = false;
      }
    }
    await this.#deleteReplaced();
  }

  /** Takes a message as the job's from now on. */
  protected setLocation(location: MessageLocation): void {
    const before = this.#location;
    if (before && !this.#deleted && before.messageId !== location.messageId) this.#replaced = before;
    this.#location = location;
    this.#gone = false;
    this.#deleted = false;
    this.#unrecordedSince = undefined;
  }

  /** Edits the message at a location. */
  protected async change(build: BuildView, { channelId, messageId }: MessageLocation): Promise<void> {
    if (!this.#reachable && channelId === this.#options.answers.channelId) throw new OutOfReach();
    const channel = await this.#channel(channelId);
    await channel.messages.edit(messageId, withoutOldFiles(build()));
  }

  async #change(build: BuildView): Promise<void> {
    if (!this.#location || this.#gone) throw new OutOfReach('there is no message to edit');
    try {
      await this.change(build, this.#location);
    } catch (thrown) {
      if (isGone(thrown) || thrown instanceof OutOfReach) this.#gone = true;
      if (isDeleted(thrown)) this.#deleted = true;
      throw thrown;
    }
  }

  /** Posts the job's next message, or finds it if it was posted already. */
  async #post(channel: SendableChannels, build: BuildView, job: string): Promise<void> {
    const { answers } = this.#options;
    const replaced = this.#location?.messageId;
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
      // Discord may have posted it all the same, and forgets the nonce after a few minutes.
      if (isUnavailable(thrown)) this.#unrecordedSince ??= now;
      throw thrown;
    }
    this.setLocation(locationOf(message));
    if (!showsView(message, build())) await this.#change(build);
  }

  /** Looks for a newer message of the job that was posted but not recorded. */
  async #findUnrecorded(job: string): Promise<void> {
    if (!this.#location || !this.#unrecordedSince || !this.#reachable) return;
    try {
      const newer = await this.#find(await this.#channel(this.#location.channelId), job);
      if (newer) this.setLocation(locationOf(newer));
    } catch (thrown) {
      if (isUnavailable(thrown)) throw thrown;
    }
  }

  async #find(channel: SendableChannels, job: string): Promise<Message | undefined> {
    if (!this.#unrecordedSince) return undefined;
    const first = firstIdAt(this.#unrecordedSince);
    const { messageId = '0', channelId } = this.#location ?? {};
    return findJobMessage(channel, job, channelId === channel.id ? newerId(messageId, first) : first);
  }

  /** Deletes a message that was replaced by another one in the same channel: its buttons would do nothing. */
  async #deleteReplaced(): Promise<void> {
    const { channelId, messageId } = this.#replaced ?? {};
    if (!channelId || !messageId || channelId !== this.#location?.channelId) return;
    try {
      await (await this.#channel(channelId)).messages.delete(messageId);
    } catch (thrown) {
      if (isUnavailable(thrown)) throw thrown;
    }
    this.#replaced = undefined;
  }

  async #channel(id: string): Promise<SendableChannels> {
    const channel = await this.client.channels.fetch(id);
    if (!channel?.isSendable()) throw new OutOfReach('the channel cannot be reached');
    return channel;
  }
}

/** An edit without files has to say so, or the old files stay. */
export const withoutOldFiles = (view: View) => (view.files.length > 0 ? view : { ...view, attachments: [] });
