import { DiscordAPIError, RESTJSONErrorCodes, type RepliableInteraction } from 'discord.js';

/** Defers the answer. Where Discord took it but its word was lost, the second try is told so: that is as good. */
export async function defer(
  interaction: RepliableInteraction,
  options: Parameters<RepliableInteraction['deferReply']>[0] & object = {},
): Promise<void> {
  try {
    await interaction.deferReply(options);
  } catch (thrown) {
    const { InteractionHasAlreadyBeenAcknowledged: taken } = RESTJSONErrorCodes;
    if (!(thrown instanceof DiscordAPIError) || thrown.code !== taken) throw thrown;
    interaction.deferred = true;
    interaction.ephemeral = 'flags' in options && Boolean(options.flags);
  }
}
