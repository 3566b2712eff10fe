import { mayCancel, notAllowed } from './shared/authorise.js';
import type { AnswerCommand, CommandContext } from './shared/command.js';
import { slash, text } from './shared/define.js';
import { narrowed } from './shared/options.js';
import { refusal } from './shared/refusals.js';

/** What renders, waits, or is still on its way to the queue. */
const openJobs = ({ queue, pending }: CommandContext) => [...queue.open, ...pending.all];

type Open = ReturnType<typeof openJobs>[number];

export const cancel: AnswerCommand = {
  answer: 'private',
  definition: slash('cancel', [text('job', { autocomplete: true })]),

  async run(interaction, context, { caller, t }) {
    const id = interaction.options.getString('job');
    const open = openJobs(context);
    const newest = open
      .filter((job) => job.userId === interaction.user.id)
      .reduce<Open | undefined>(
        (latest, job) => (latest && latest.createdAt > job.createdAt ? latest : job),
        undefined,
      );
    const job = id === null ? newest : open.find((one) => one.id === id);
    if (!job) throw refusal('nothing-to-show', 'none-queued');
    if (!mayCancel(caller, job, context.lists)) throw notAllowed();
    if (!context.pending.cancel(job.id) && !context.queue.cancel(job.id))
      throw refusal('nothing-to-show', 'none-queued');
    const title = job.plan ? t(`title.${job.plan.kind}`) : t('cancel.arriving');
    return Promise.resolve({ kind: 'reply', content: t('cancel.done', { title }) });
  },

  complete(interaction, context, { caller, t }) {
    const jobs = openJobs(context).filter((job) => mayCancel(caller, job, context.lists));
    return Promise.resolve(
      narrowed(
        jobs.map((job) => ({
          name: job.plan
            ? `${t(`title.${job.plan.kind}`)}, ${job.plan.width} × ${job.plan.height}`
            : t('cancel.arriving'),
          value: job.id,
        })),
        interaction.options.getFocused(),
      ),
    );
  },
};
