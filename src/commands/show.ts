import { mayShow } from './shared/authorise.js';
import { ago, jobTitle } from './shared/job-title.js';
import type { AnswerCommand } from './shared/command.js';
import { slash, text } from './shared/define.js';
import { narrowed } from './shared/options.js';
import { refusal } from './shared/refusals.js';

/** `/show`: a finished picture again, with its buttons. */
export const show: AnswerCommand = {
  answer: 'public',
  definition: slash('show', [text('job', { required: true, autocomplete: true })]),

  async run(interaction, { repository }, { caller }) {
    const job = await repository.job(interaction.options.getString('job', true).trim());
    if (!job) throw refusal('nothing-to-show', 'gone');
    mayShow(job, caller);
    return { kind: 'show', jobId: job.id };
  },

  async complete(interaction, { repository }, { caller, t }) {
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
