import type {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  Client,
  EmbedBuilder,
  Message,
  MessageMentionOptions,
} from 'discord.js';
import type { MessagePlace } from '../commands/keeping.js';
import { isAway, isGone, isTooLarge } from './platform-errors.js';

/** What a message shows. Built anew for every call: discord.js changes the object it is given. */
export interface View {
  content: string;
  embeds: EmbedBuilder[];
  components: ActionRowBuilder<ButtonBuilder>[];
  files: AttachmentBuilder[];
  allowedMentions: MessageMentionOptions;
}

export type BuildView = () => View;

/** One message that shows one job, however it is reached. */
export interface Surface {
  /** True once there is no message left to edit. */
  readonly gone: boolean;
  /** Where it is, once it is anywhere. */
  readonly place: MessagePlace | undefined;
  /** Throws what Discord answers. */
  edit(build: BuildView): Promise<void>;
  /**
   * The edit that must arrive: in the message, else in a new one, else in a direct message. However often it is tried
   * for one job, also by the next process, Discord takes a new message once.
   */
  deliver(build: BuildView, job: string): Promise<void>;
}

/** What makes the message of one job one message: Discord takes 25 characters. */
export const onceFor = (job: string) =>
  ({ nonce: job.replaceAll('-', '').slice(0, 25), enforceNonce: true }) as const;

export const placeOfMessage = ({ id, guildId, channelId }: Message): MessagePlace => ({
  guildId,
  channelId,
  messageId: id,
});

/**
 * A message that the bot posts by itself, in answer to another one: what a reaction leads to. Or one that it posted
 * before (`at`), reached again after a restart.
 */
export class Post implements Surface {
  readonly #client: Client;
  readonly #userId: string;
  readonly #answers: MessagePlace;
  #place: MessagePlace | undefined;
  #gone = false;

  constructor(client: Client, options: { answers: MessagePlace; userId: string; at?: MessagePlace }) {
    this.#client = client;
    this.#answers = options.answers;
    this.#place = options.at;
    this.#userId = options.userId;
  }

  get gone(): boolean {
    return this.#gone;
  }

  get place(): MessagePlace | undefined {
    return this.#place;
  }

  async edit(build: BuildView): Promise<void> {
    const channel = await this.#channel();
    if (!this.#place) {
      const { messageId } = this.#answers;
      const reply = messageId ? { reply: { messageReference: messageId, failIfNotExists: false } } : {};
      this.#place = placeOfMessage(await channel.send({ ...build(), ...reply }));
      return;
    }
    try {
      const view = build();
      const cleared = view.files.length > 0 ? {} : { attachments: [] };
      await channel.messages.edit(this.#place.messageId, { ...view, ...cleared });
    } catch (thrown) {
      if (isGone(thrown)) this.#gone = true;
      throw thrown;
    }
  }

  async deliver(build: BuildView, job: string): Promise<void> {
    try {
      if (!this.#gone) {
        await this.edit(build);
        return;
      }
    } catch (thrown) {
      if (isTooLarge(thrown) || isAway(thrown)) throw thrown;
    }
    try {
      const channel = await this.#channel();
      this.#place = placeOfMessage(await channel.send({ ...build(), ...onceFor(job) }));
    } catch (thrown) {
      if (isTooLarge(thrown) || isAway(thrown)) throw thrown;
      const user = await this.#client.users.fetch(this.#userId);
      this.#place = placeOfMessage(await user.send({ ...build(), ...onceFor(job) }));
    }
  }

  async #channel() {
    const channel = await this.#client.channels.fetch(this.#answers.channelId);
    if (!channel?.isSendable()) throw new Error('the channel is out of reach');
    return channel;
  }
}
