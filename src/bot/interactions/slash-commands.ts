import { MessageFlags, type AutocompleteInteraction, type ChatInputCommandInteraction } from 'discord.js';
import { COMMANDS } from '../../commands/index.js';
import type { CallerContext, Choices, PictureCommand } from '../../commands/shared/command.js';
import { refusal } from '../../errors.js';
import { translator } from '../../i18n/translate.js';
import { defer } from '../client/client.js';
import type { BotContext } from '../context.js';
import { sendAnswer } from './answers.js';
import { callerOf } from './caller.js';
import { startRender } from './start-render.js';

export async function runCommand(
  interaction: ChatInputCommandInteraction,
  request: CallerContext,
  context: BotContext,
): Promise<void> {
  const command = COMMANDS.get(interaction.commandName);
  if (!command) throw refusal('nothing-to-show', 'command');
  context.jobs.checkCommandRate(request.caller.userId);
  if (command.answer === 'picture') {
    await startPicture(command, interaction, request, context);
    return;
  }
  const subcommand = command.pictures?.[interaction.options.getSubcommand(false) ?? ''];
  if (subcommand) {
    await startPicture(subcommand, interaction, request, context);
    return;
  }
  if (command.answer === 'private') {
    await defer(interaction, { flags: MessageFlags.Ephemeral });
    await sendAnswer(await command.run(interaction, request, context), interaction, request, context);
    return;
  }
  context.jobs.checkAccess(request);
  const answer = await command.run(interaction, request, context);
  await defer(interaction);
  await sendAnswer(answer, interaction, request, context);
}

const startPicture = (
  command: Pick<PictureCommand, 'run'>,
  interaction: ChatInputCommandInteraction,
  request: CallerContext,
  context: BotContext,
): Promise<void> =>
  startRender(
    interaction,
    request,
    (readPicture) => command.run(interaction, { ...request, readPicture }, context),
    context,
  );

/** Offers choices for an option. If that fails, it offers none. */
export async function autocomplete(interaction: AutocompleteInteraction, context: BotContext): Promise<void> {
  const choices = await choicesFor(interaction, context).catch((thrown: unknown) => {
    context.log.warn({ err: thrown }, 'autocomplete failed');
    return [];
  });
  await interaction.respond(choices);
}

async function choicesFor(interaction: AutocompleteInteraction, context: BotContext): Promise<Choices> {
  const caller = callerOf(interaction);
  const settings = await context.repository.settings(caller.guildId);
  const request = { caller, settings, t: translator(interaction.locale) };
  return (await COMMANDS.get(interaction.commandName)?.complete?.(interaction, request, context)) ?? [];
}
