import type { AnswerCommand } from './shared/command.js';
import { named, slash } from './shared/define.js';

const OTHERS = ['queue', 'cancel', 'show', 'gallery', 'stats', 'settings', 'privacy'];

/** `/help`: what the bot can do, on one screen. */
export const help: AnswerCommand = {
  answer: 'private',
  definition: slash('help'),
  run: (_interaction, { t }) =>
    Promise.resolve({
      kind: 'reply',
      content: [
        t('help.start', named(['style', 'dream', 'visualise'], t)),
        t('help.commands', named(OTHERS, t)),
        t('help.menus'),
        t('help.reactions'),
      ].join('\n\n'),
    }),
};
