import type { StringSelectMenuInteraction } from 'discord.js';
import type { CallerContext } from '../../commands/shared/command.js';
import { buildChosen } from '../../commands/shared/sheet.js';
import { refusal } from '../../errors.js';
import type { BotContext } from '../context.js';
import { parseSheetListId } from './custom-ids.js';
import { startRender } from './start-render.js';

/** Paints the picture that was chosen from a sheet, for the person who has chosen it. */
export async function chooseFromSheet(
  interaction: StringSelectMenuInteraction,
  request: CallerContext,
  context: BotContext,
): Promise<void> {
  const jobId = parseSheetListId(interaction.customId);
  if (jobId === undefined) throw refusal('nothing-to-show', 'button');
  const { jobs, renderer, repository } = context;
  jobs.checkActionRate(request.caller.userId);
  const sheet = await repository.job(jobId);
  if (!sheet) throw refusal('nothing-to-show', 'gone');
  const index = Number(interaction.values[0]);
  const prepare = async () =>
    buildChosen(sheet, await repository.request(sheet.id), index, request, renderer);
  // Several pictures of a sheet may be asked for, each once at a time.
  await startRender(interaction, request, prepare, context, { parent: sheet.id, action: `choose:${index}` });
}
