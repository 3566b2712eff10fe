import type { RepliableInteraction } from 'discord.js';
import type { MessageLocation } from '../../jobs/message-repository.js';
import type { Caller } from '../../jobs/access.js';
import { isExpired } from '../client/discord-errors.js';
import { monotonicNow } from '../../clock.js';
import { withoutOldFiles, locationOf, ChannelMessage, type BuildView } from './message-target.js';

/** Discord accepts an interaction's token for 15 minutes; the last minute is kept in reserve. */
export const INTERACTION_TOKEN_LIFE_MS = 14 * 60_000;

/**
 * The public answer to one interaction, for as long as its job takes: edited with the interaction's token while that is
 * valid, then, where the bot is a member of the guild, with the bot's own token.
 */
export class InteractionReply extends ChannelMessage {
  readonly editableUntil: number | undefined;
  readonly #interaction: RepliableInteraction;
  #tokenEnds: number;
  /** The id of the interaction's own message. */
  #original: string | undefined;

  /** @param options.receivedAt when the interaction arrived, on the monotonic clock */
  constructor(
    interaction: RepliableInteraction,
    options: { readonly caller: Caller; readonly receivedAt: number },
  ) {
    const { guildId, channelId, tokenOnly, userId } = options.caller;
    super(interaction.client, {
      answers: { guildId, channelId, messageId: '' },
      userId,
      reachable: !tokenOnly,
    });
    this.#interaction = interaction;
    this.#tokenEnds = options.receivedAt + INTERACTION_TOKEN_LIFE_MS;
    this.editableUntil = tokenOnly ? this.#tokenEnds : undefined;
  }

  /** Looks up the deferred answer, so that it can be reached without the interaction too. */
  async locate(): Promise<void> {
    const message = await this.#interaction.fetchReply();
    this.#original = message.id;
    // Where the bot is not a member of the guild, only the interaction names it.
    this.setLocation({ ...locationOf(message), guildId: this.#interaction.guildId });
  }

  protected override async change(build: BuildView, location: MessageLocation): Promise<void> {
    if (location.messageId === this.#original && monotonicNow() < this.#tokenEnds)
      try {
        await this.#interaction.editReply(withoutOldFiles(build()));
        return;
      } catch (thrown) {
        if (!isExpired(thrown)) throw thrown;
        this.#tokenEnds = 0;
      }
    await super.change(build, location);
  }
}
