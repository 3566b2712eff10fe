import { laneOf, type Job } from '../jobs/job.js';
import { expectedFinish } from './shared/job-title.js';
import type { AnswerCommand } from './shared/command.js';
import { slash } from './shared/define.js';

const SHOWN = 15;

/** `/queue`: names only what was asked here, and tells when it is expected; others are counted. */
export const queue: AnswerCommand = {
  answer: 'private',
  definition: slash('queue'),

  run(interaction, context, { t }) {
    const lane = laneOf(interaction.guildId, interaction.user.id);
    const { running, waiting } = context.queue.snapshot();
    const name = (job: Job) => {
      if (job.lane !== lane) return t('queue.elsewhere');
      const { kind, width, height } = job.plan;
      const words = t('queue.job', { title: t(`title.${kind}`), user: `<@${job.userId}>`, width, height });
      const doneAt = context.estimates.doneAt(job);
      return doneAt ? `${words} · ${expectedFinish(doneAt, t)}` : words;
    };
    const lines = [
      running ? `▶ ${name(running)}` : t('queue.idle'),
      ...waiting
        .map((job, index) => ({ job, line: `${index + 1}. ${name(job)}` }))
        .filter(({ job }) => job.lane === lane)
        .slice(0, SHOWN)
        .map(({ line }) => line),
    ];
    const unnamed = waiting.length - (lines.length - 1);
    if (unnamed > 0) lines.push(t('queue.more', { count: unnamed }));
    const arriving = context.pending.all.filter((arrival) => arrival.lane === lane);
    for (const { userId } of arriving.slice(0, SHOWN))
      lines.push(t('queue.arriving', { user: `<@${userId}>` }));
    return Promise.resolve({ kind: 'reply', content: lines.join('\n') });
  },
};
