import type { Renderer } from '../pipeline/renderer.js';
import type { Translate } from '../i18n/translate.js';
import { altText } from './shared/alt-text.js';
import { linkTo } from './shared/job-title.js';
import type { AnswerCommand, CommandContext, FileOut, FilesOut } from './shared/command.js';
import { slash, whole } from './shared/define.js';
import { fitResult } from './shared/fit-result.js';
import type { JobRecord, StoredResult } from '../jobs/job-repository.js';
import type { GalleryEntry } from '../jobs/member-repositories.js';
import type { Caller } from './shared/caller.js';
import { unlessGone } from './shared/refusals.js';

const PER_PAGE = 4;

/** `/gallery`: the starred pictures of this place, the most liked first. */
export const gallery: AnswerCommand = {
  answer: 'private',
  definition: slash('gallery', [whole('page', { min: 1, max: 1000 })]),

  async run(interaction, context, { caller, t }) {
    const { shown, page, pages } = await pageOf(context, caller, interaction.options.getInteger('page') ?? 1);
    if (shown.length === 0) return { kind: 'reply', content: t('gallery.empty') };
    const results: { job: JobRecord; result: StoredResult }[] = [];
    for (const { job } of shown) {
      const result = await context.repository.result(job.id).catch(unlessGone);
      if (result) results.push({ job, result });
    }
    const lines = shown.map(({ job, stars }) =>
      t('gallery.line', {
        stars,
        title: t(`title.${job.plan.kind}`),
        user: `<@${job.userId}>`,
        link: linkTo(job) ?? job.id,
      }),
    );
    return {
      kind: 'reply',
      content: [t('gallery.title'), ...lines, t('gallery.page', { page, pages })].join('\n'),
      files: filesOf(results, context.renderer, t),
    };
  },
};

/** One page of what stands. A picture whose message turns out to be deleted gives its place to the next one. */
async function pageOf({ repository, messages }: CommandContext, caller: Caller, wanted: number) {
  for (;;) {
    const all = await repository.gallery(caller.guildId, caller.userId);
    // What was made behind an age restriction stays behind one.
    const entries = all.filter(({ job }) => caller.ageRestricted || !job.ageRestricted);
    const pages = Math.ceil(entries.length / PER_PAGE);
    const page = Math.min(pages, wanted);
    const shown: readonly GalleryEntry[] = entries.slice((page - 1) * PER_PAGE, page * PER_PAGE);
    const standing = await messages.standing(shown.map(({ job }) => job));
    if (standing.length === shown.length) return { shown, page, pages };
  }
}

function filesOf(
  results: readonly { job: JobRecord; result: StoredResult }[],
  renderer: Renderer,
  t: Translate,
): FilesOut {
  return async (maxBytes) => {
    const files: FileOut[] = [];
    for (const { job, result } of results) {
      // An animation that does not fit is named and linked all the same.
      const image = await fitResult(result, maxBytes, renderer).catch(unlessGone);
      if (!image) continue;
      const name = `${job.spoiler ? 'SPOILER_' : ''}${files.length + 1}.${image.format}`;
      files.push({ name, bytes: image.bytes, description: altText({ ...job, kind: job.plan.kind }, t) });
    }
    return files;
  };
}
