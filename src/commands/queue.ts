import { laneOf, type Job } from '../jobs/job.js';
import type { AnswerCommand } from './shared/command.js';
import { slash } from './shared/define.js';
import { expectedFinish } from './shared/labels.js';

const SHOWN = 15;

/** `/queue`: the jobs of this guild with their expected times; jobs of other guilds are only counted. */
export const queue: AnswerCommand = {
  answer: 'private',
  definition: slash('queue'),

  run(interaction, { t }, { queue: jobQueue, pending, estimates }) {
    const lane = laneOf(interaction.guildId, interaction.user.id);
    const { running, waiting } = jobQueue.snapshot();
    const name = (job: Job) => {
      if (job.lane !== lane) return t('queue.elsewhere');
      const { kind, width, height } = job.prepared.run.plan;
      const label = t('queue.job', { title: t(`title.${kind}`), user: `<@${job.userId}>`, width, height });
      const doneAt = estimates.doneAt(job);
      return doneAt ? `${label} · ${expectedFinish(doneAt, t)}` : label;
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
    const preparing = pending.all.filter((request) => request.lane === lane);
    for (const { userId } of preparing.slice(0, SHOWN))
      lines.push(t('queue.arriving', { user: `<@${userId}>` }));
    return Promise.resolve({ kind: 'reply', content: lines.join('\n') });
  },
};
