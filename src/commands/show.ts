import { mayShow } from './authorise.js';
import { ago, called } from './called.js';
import type { AnswerCommand } from './command.js';
import { slash, text } from './define.js';
import { narrowed } from './options.js';
import { refusal } from './refusals.js';

/** `/show`: a finished picture again, with its buttons. */
export const show: AnswerCommand = {
  answer: 'public',
  definition: slash('show', [text('job', { required: true, autocomplete: true })]),

  async run(interaction, { keeping }, { place }) {
    const job = await keeping.job(interaction.options.getString('job', true).trim());
    if (!job) throw refusal('nothing-to-show', 'gone');
    mayShow(job, place);
    return { kind: 'show', jobId: job.id };
  },

  async complete(interaction, { keeping }, { place, t }) {
    const jobs = await keeping.finishedOf(place.userId, 50);
    return narrowed(
      jobs.map((job) => ({
        name: `${called(job, t)} · ${ago(job.createdAt, place.locale)}`,
        value: job.id,
      })),
      interaction.options.getFocused(),
    );
  },
};
