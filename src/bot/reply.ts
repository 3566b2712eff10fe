import type { Client, RepliableInteraction } from 'discord.js';
import type { MessagePlace } from '../commands/keeping.js';
import { isAway, isExpired, isGone, isTooLarge } from './platform-errors.js';
import { steadyNow } from './steady.js';
import { onceFor, placeOfMessage, type BuildView, type Surface, type View } from './surface.js';

/** Discord takes an interaction's token for 15 minutes; the last is kept in hand. */
export const TOKEN_LIFE_MS = 14 * 60_000;

/**
 * The public answer to one interaction, for as long as its job takes: through the interaction while its token
 * lives, then through the channel with the bot's own token.
 */
export class Reply implements Surface {
  readonly #interaction: RepliableInteraction;
  readonly #client: Client;
  #tokenEnds: number;
  #place: MessagePlace | undefined;
  #gone = false;

  /** @param options.receivedAt on the steady clock */
  constructor(interaction: RepliableInteraction, options: { receivedAt: number }) {
    this.#interaction = interaction;
    this.#client = interaction.client;
    this.#tokenEnds = options.receivedAt + TOKEN_LIFE_MS;
  }

  /** True once there is no message left to edit. */
  get gone(): boolean {
    return this.#gone;
  }

  get place(): MessagePlace | undefined {
    return this.#place;
  }

  /** Finds out where the deferred answer is, so that it is found again without the interaction. */
  async locate(): Promise<void> {
    this.#place = placeOfMessage(await this.#interaction.fetchReply());
  }

  /** Throws what Discord answers; of a deleted message the next calls know. */
  async edit(build: BuildView): Promise<void> {
    try {
      if (steadyNow() < this.#tokenEnds) {
        try {
          const message = await this.#interaction.editReply(clean(build()));
          this.#place = placeOfMessage(message);
          return;
        } catch (thrown) {
          if (!isExpired(thrown)) throw thrown;
          this.#tokenEnds = 0;
        }
      }
      await this.#editInChannel(build);
    } catch (thrown) {
      if (isGone(thrown)) this.#gone = true;
      throw thrown;
    }
  }

  /** The edit that must arrive: in the message, else in a new one, else in a direct message. */
  async deliver(build: BuildView, job: string): Promise<void> {
    if (!this.#gone) {
      try {
        await this.edit(build);
        return;
      } catch (thrown) {
        if (isTooLarge(thrown) || isAway(thrown)) throw thrown;
      }
    }
    try {
      const channel = await this.#channel();
      this.#place = placeOfMessage(await channel.send({ ...build(), ...onceFor(job) }));
    } catch (thrown) {
      if (isTooLarge(thrown) || isAway(thrown)) throw thrown;
      this.#place = placeOfMessage(await this.#interaction.user.send({ ...build(), ...onceFor(job) }));
    }
  }

  async #editInChannel(build: BuildView): Promise<void> {
    if (this.#place === undefined) {
      this.#gone = true;
      throw new Error('the interaction expired before it was answered');
    }
    const channel = await this.#channel();
    await channel.messages.edit(this.#place.messageId, clean(build()));
  }

  async #channel() {
    const { channelId } = this.#interaction;
    const channel = channelId === null ? null : await this.#client.channels.fetch(channelId);
    if (!channel?.isSendable()) throw new Error('the channel is out of reach');
    return channel;
  }
}

/** A view without files has to say so, or the old ones stay. */
function clean(view: View) {
  return view.files.length > 0 ? view : { ...view, attachments: [] };
}
