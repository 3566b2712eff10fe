import { refusal } from '../errors.js';
import { checkVisible } from '../jobs/access.js';
import type { AnswerCommand } from './shared/command.js';
import { slash, text } from './shared/define.js';
import { ago, jobTitle } from './shared/labels.js';
import { narrowed } from './shared/options.js';

/** `/show`: posts a finished picture again, with its buttons. */
export const show: AnswerCommand = {
  answer: 'public',
  definition: slash('show', [text('job', { required: true, autocomplete: true })]),

  async run(interaction, { caller }, { repository }) {
    const job = await repository.job(interaction.options.getString('job', true).trim());
    if (!job) throw refusal('nothing-to-show', 'gone');
    checkVisible(job, caller);
    return { kind: 'show', jobId: job.id };
  },

  async complete(interaction, { caller, t }, { repository }) {
    const jobs = await repository.finishedOf(caller.userId, 50);
    return narrowed(
      jobs.map((job) => ({
        name: `${jobTitle(job, t)} · ${ago(job.createdAt, caller.locale)}`,
        value: job.id,
      })),
      interaction.options.getFocused(),
    );
  },
};
