import type { RepliableInteraction } from 'discord.js';
import type { MessageLocation } from '../../jobs/message-repository.js';
import { callerOf } from '../../commands/shared/caller.js';
import { isExpired } from '../client/discord-errors.js';
import { monotonicNow } from '../../clock.js';
import { complete, locationOf, ChannelMessage, type BuildView } from './message-target.js';

/** Discord takes an interaction's token for 15 minutes; the last is kept in hand. */
export const INTERACTION_TOKEN_LIFE_MS = 14 * 60_000;

/**
 * The public answer to one interaction, for as long as its job takes: through the interaction while its token
 * lives, then, where the bot is more than one person's app, with the bot's own token.
 */
export class InteractionReply extends ChannelMessage {
  readonly editableUntil: number | undefined;
  readonly #interaction: RepliableInteraction;
  #tokenEnds: number;
  /** The id of the interaction's own message. */
  #original: string | undefined;

  /** @param options.receivedAt on the steady clock */
  constructor(interaction: RepliableInteraction, options: { receivedAt: number }) {
    const { guildId, channelId, tokenOnly, userId } = callerOf(interaction);
    super(interaction.client, {
      answers: { guildId, channelId, messageId: '' },
      userId,
      reachable: !tokenOnly,
    });
    this.#interaction = interaction;
    this.#tokenEnds = options.receivedAt + INTERACTION_TOKEN_LIFE_MS;
    this.editableUntil = tokenOnly ? this.#tokenEnds : undefined;
  }

  /** Finds out where the deferred answer is, so that it is found again without the interaction. */
  async locate(): Promise<void> {
    const message = await this.#interaction.fetchReply();
    this.#original = message.id;
    // Of a guild that the bot is no member of only the interaction knows.
    this.settle({ ...locationOf(message), guildId: this.#interaction.guildId });
  }

  protected override async change(build: BuildView, location: MessageLocation): Promise<void> {
    if (location.messageId === this.#original && monotonicNow() < this.#tokenEnds)
      try {
        await this.#interaction.editReply(complete(build()));
        return;
      } catch (thrown) {
        if (!isExpired(thrown)) throw thrown;
        this.#tokenEnds = 0;
      }
    await super.change(build, location);
  }
}
