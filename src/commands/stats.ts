import type { AnswerCommand } from './shared/command.js';
import { slash } from './shared/define.js';
import { duration } from './shared/labels.js';

/** `/stats`: how many pictures were made here, and how long they took. */
export const stats: AnswerCommand = {
  answer: 'private',
  definition: slash('stats'),

  async run(_interaction, { caller, t }, { repository, queue }) {
    const { dream, style, visualise, sheet, seconds } = await repository.stats(caller.guildId, caller.userId);
    return {
      kind: 'reply',
      content: [
        t('stats.here', { count: dream + style + visualise + sheet }),
        t('stats.kinds', { dream, style, visualise, sheet }),
        t('stats.time', { time: duration(seconds, t) }),
        t('stats.queue', { waiting: queue.open.length }),
      ].join('\n'),
    };
  },
};
