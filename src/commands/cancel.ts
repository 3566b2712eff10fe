import { refusal } from '../errors.js';
import type { Translate } from '../i18n/translate.js';
import type { Plan } from '../pipeline/renderer.js';
import type { AnswerCommand } from './shared/command.js';
import { slash, text } from './shared/define.js';
import { narrowed } from './shared/options.js';

/** `/cancel`: cancels a job that waits, renders or is still being prepared; without an id, the caller's newest. */
export const cancel: AnswerCommand = {
  answer: 'private',
  definition: slash('cancel', [text('job', { autocomplete: true })]),

  run(interaction, { caller, t }, { jobs }) {
    const own = jobs.open.filter((job) => job.userId === caller.userId);
    const newest = own.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()).at(-1)?.id;
    const id = interaction.options.getString('job') ?? newest;
    const job = id === undefined ? undefined : jobs.cancel(id, caller);
    if (!job) throw refusal('nothing-to-show', 'none-queued');
    const title = job.prepared ? t(`title.${job.prepared.run.plan.kind}`) : t('cancel.arriving');
    return Promise.resolve({ kind: 'reply', content: t('cancel.done', { title }) });
  },

  complete(interaction, { caller, t }, { jobs }) {
    return Promise.resolve(
      narrowed(
        jobs.cancellable(caller).map(({ id, prepared }) => ({
          name: prepared ? describePlan(prepared.run.plan, t) : t('cancel.arriving'),
          value: id,
        })),
        interaction.options.getFocused(),
      ),
    );
  },
};

const describePlan = ({ kind, width, height }: Plan, t: Translate): string =>
  `${t(`title.${kind}`)}, ${width} × ${height}`;
