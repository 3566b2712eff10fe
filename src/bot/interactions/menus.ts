/** The entries of a message's context menu. */
import type { MessageContextMenuCommandInteraction } from 'discord.js';
import type { CallerContext } from '../../commands/shared/command.js';
import { messageMenu } from '../../commands/shared/define.js';
import { refusal } from '../../errors.js';
import type { BotContext } from '../context.js';
import { MENU_NAMES } from './custom-ids.js';
import { dreamOf, menuModal } from './menu-forms.js';
import { picturesIn } from './message-pictures.js';
import { startRender } from './start-render.js';

/** Discord's limit for the options of a list. */
const CHOICES_MAX = 25;

export const MENUS = {
  dream: messageMenu('menu.dream'),
  paint: messageMenu('menu.paint'),
  use: messageMenu('menu.use'),
} as const;

/** Opens the entry's modal. A dream of a message's only picture needs none and starts at once. */
export async function chooseMenuEntry(
  interaction: MessageContextMenuCommandInteraction,
  request: CallerContext,
  context: BotContext,
): Promise<void> {
  const menu = MENU_NAMES.find((name) => MENUS[name].name === interaction.commandName);
  if (!menu) throw refusal('nothing-to-show', 'command');
  const { jobs, presetsIn, renderer, repository } = context;
  jobs.checkCommandRate(request.caller.userId);
  const pictures = picturesIn(interaction.targetMessage).slice(0, CHOICES_MAX);
  const [picture] = pictures;
  if (!picture) throw refusal('nothing-to-show', 'no-picture');
  if (menu === 'dream' && pictures.length === 1) {
    await startRender(
      interaction,
      request,
      (readPicture) => dreamOf(picture, readPicture, renderer),
      context,
    );
    return;
  }
  jobs.checkAccess(request);
  const presets = presetsIn(request.caller.guildId);
  await interaction.showModal(await menuModal(menu, pictures, request, presets, repository));
}
