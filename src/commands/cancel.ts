import { mayCancel, notAllowed } from './authorise.js';
import type { Command, CommandContext } from './command.js';
import { slash, text } from './define.js';
import { narrowed } from './options.js';
import { refusal } from './refusals.js';

function openJobs({ queue }: CommandContext) {
  const { running, waiting } = queue.snapshot();
  return running ? [running, ...waiting] : [...waiting];
}

const nothing = () => refusal('nothing-to-show', 'none-queued');

export const cancel: Command = {
  ephemeral: true,
  definition: slash('cancel', [text('job', { autocomplete: true })]),

  run(interaction, context, { place, t }) {
    const id = interaction.options.getString('job');
    const mine = openJobs(context).filter((job) => job.userId === interaction.user.id);
    const newest = mine.reduce<(typeof mine)[number] | undefined>(
      (latest, job) => (latest && latest.createdAt > job.createdAt ? latest : job),
      undefined,
    );
    const job = id === null ? newest : context.queue.get(id);
    if (!job) return Promise.reject(nothing());
    if (!mayCancel(place, job, context.lists)) return Promise.reject(notAllowed());
    if (!context.queue.cancel(job.id)) return Promise.reject(nothing());
    return Promise.resolve({
      kind: 'reply',
      content: t('cancel.done', { title: t(`title.${job.plan.kind}`) }),
    });
  },

  complete(interaction, context, { place, t }) {
    const jobs = openJobs(context).filter((job) => mayCancel(place, job, context.lists));
    return Promise.resolve(
      narrowed(
        jobs.map((job) => ({
          name: `${t(`title.${job.plan.kind}`)}, ${job.plan.width} × ${job.plan.height}`,
          value: job.id,
        })),
        interaction.options.getFocused(),
      ),
    );
  },
};
