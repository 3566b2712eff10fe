import type { Interaction, RepliableInteraction } from 'discord.js';
import type { CallerContext } from '../../commands/shared/command.js';
import { toReverieError } from '../../errors.js';
import { sentenceOf, translator } from '../../i18n/translate.js';
import { isExpired } from '../client/discord-errors.js';
import type { BotContext } from '../context.js';
import { sendRefusal } from './answers.js';
import { pressButton } from './buttons.js';
import { callerOf } from './caller.js';
import { chooseMenuEntry } from './menus.js';
import { submitModal } from './modals.js';
import { chooseFromSheet } from './sheet-lists.js';
import { autocomplete, runCommand } from './slash-commands.js';

/** Hands an interaction to its handler; never rejects. */
export async function routeInteraction(interaction: Interaction, context: BotContext): Promise<void> {
  try {
    if (interaction.isAutocomplete()) await autocomplete(interaction, context);
    else if (interaction.isChatInputCommand()) await handle(interaction, runCommand, context);
    else if (interaction.isMessageContextMenuCommand()) await handle(interaction, chooseMenuEntry, context);
    else if (interaction.isButton()) await handle(interaction, pressButton, context);
    else if (interaction.isStringSelectMenu()) await handle(interaction, chooseFromSheet, context);
    else if (interaction.isModalSubmit()) await handle(interaction, submitModal, context);
  } catch (thrown) {
    context.log.error({ err: thrown, interaction: interaction.id }, 'an interaction could not be answered');
  }
}

/** Runs a handler. What it throws is answered with a sentence in the caller's language. */
async function handle<I extends RepliableInteraction>(
  interaction: I,
  handler: (interaction: I, request: CallerContext, context: BotContext) => Promise<void>,
  context: BotContext,
): Promise<void> {
  const t = translator(interaction.locale);
  try {
    const settings = await context.repository.settings(interaction.guildId);
    await handler(interaction, { caller: callerOf(interaction), settings, t }, context);
  } catch (thrown) {
    const { log } = context;
    if (!interaction.deferred && !interaction.replied && isExpired(thrown)) {
      log.warn({ interaction: interaction.id }, 'an interaction expired before it could be answered');
      return;
    }
    const error = toReverieError(thrown);
    const facts = { interaction: interaction.id, code: error.code, sentence: error.sentence };
    if (error.code === 'internal' || error.code === 'not-kept')
      log.error({ ...facts, err: thrown }, 'an interaction failed');
    else log.info({ ...facts, cause: (error.cause as Error | undefined)?.message }, 'a request was refused');
    await sendRefusal(interaction, sentenceOf(error, t));
  }
}
