import type { AnswerCommand } from './shared/command.js';
import { slash } from './shared/define.js';
import { duration } from './shared/duration.js';

/** `/stats`: what was painted here. */
export const stats: AnswerCommand = {
  answer: 'private',
  definition: slash('stats'),

  async run(_interaction, { repository, queue }, { caller, t }) {
    const { dream, style, visualise, seconds } = await repository.stats(caller.guildId, caller.userId);
    return {
      kind: 'reply',
      content: [
        t('stats.here', { count: dream + style + visualise }),
        t('stats.kinds', { dream, style, visualise }),
        t('stats.time', { time: duration(seconds, t) }),
        t('stats.queue', { waiting: queue.open.length }),
      ].join('\n'),
    };
  },
};
