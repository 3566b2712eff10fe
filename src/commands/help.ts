import type { Command } from './command.js';
import { slash } from './define.js';

/** `/help`: what one can do here, in one screen. */
export const help: Command = {
  ephemeral: true,
  definition: slash('help'),
  run: (_interaction, _context, { t }) =>
    Promise.resolve({
      kind: 'reply',
      content: [t('help.start'), '', t('help.commands'), '', t('help.menus'), '', t('help.reactions')].join(
        '\n',
      ),
    }),
};
