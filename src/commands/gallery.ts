import type { Translate } from '../i18n/translate.js';
import type { Caller } from '../jobs/access.js';
import { undefinedIfGone, type JobRecord, type StoredResult } from '../jobs/job-repository.js';
import type { GalleryEntry } from '../jobs/member-repositories.js';
import { altText } from './shared/alt-text.js';
import type { AnswerCommand, CommandContext, FileOut, FilesOut } from './shared/command.js';
import { slash, whole } from './shared/define.js';
import { linkTo } from './shared/labels.js';
import { fitResult } from './shared/pictures.js';

const PER_PAGE = 4;

/** `/gallery`: the starred results of this guild, or of the caller's direct messages, most stars first. */
export const gallery: AnswerCommand = {
  answer: 'private',
  definition: slash('gallery', [whole('page', { min: 1, max: 1000 })]),

  async run(interaction, { caller, t }, { repository, messages }) {
    const { shown, page, pages } = await pageOf(
      interaction.options.getInteger('page') ?? 1,
      caller,
      repository,
      messages,
    );
    if (shown.length === 0) return { kind: 'reply', content: t('gallery.empty') };
    const results: { job: JobRecord; result: StoredResult }[] = [];
    for (const { job } of shown) {
      const result = await repository.result(job.id).catch(undefinedIfGone);
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
      files: filesOf(results, t),
    };
  },
};

/** One page of results whose messages still exist. If one turns out to be deleted, the next takes its place. */
async function pageOf(
  requested: number,
  caller: Caller,
  repository: CommandContext['repository'],
  messages: CommandContext['messages'],
) {
  for (;;) {
    const all = await repository.gallery(caller.guildId, caller.userId);
    // Results of age-restricted channels are shown in such channels only.
    const entries = all.filter(({ job }) => caller.ageRestricted || !job.ageRestricted);
    const pages = Math.ceil(entries.length / PER_PAGE);
    const page = Math.min(pages, requested);
    const shown: readonly GalleryEntry[] = entries.slice((page - 1) * PER_PAGE, page * PER_PAGE);
    const posted = await messages.stillPosted(shown.map(({ job }) => job));
    if (posted.length === shown.length) return { shown, page, pages };
  }
}

function filesOf(results: readonly { job: JobRecord; result: StoredResult }[], t: Translate): FilesOut {
  return async (maxBytes) => {
    const files: FileOut[] = [];
    for (const { job, result } of results) {
      // An animation that does not fit is still listed and linked.
      const image = await fitResult(result, maxBytes).catch(undefinedIfGone);
      if (!image) continue;
      const name = `${job.spoiler ? 'SPOILER_' : ''}${files.length + 1}.${image.format}`;
      files.push({ name, bytes: image.bytes, description: altText({ ...job, kind: job.plan.kind }, t) });
    }
    return files;
  };
}
