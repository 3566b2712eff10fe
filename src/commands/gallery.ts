import { altText, linkTo } from './called.js';
import type { Command, FileOut } from './command.js';
import { slash, whole } from './define.js';
import { unlessGone } from './refusals.js';

const PER_PAGE = 4;

/** `/gallery`: the starred pictures of this place, the most liked first. */
export const gallery: Command = {
  ephemeral: true,
  definition: slash('gallery', [whole('page', { min: 1, max: 1000 })]),

  async run(interaction, { keeping }, { place, t }) {
    const all = await keeping.gallery(place.guildId, place.userId);
    // What was made behind an age restriction stays behind one.
    const entries = all.filter(({ job }) => place.ageRestricted || !job.ageRestricted);
    if (entries.length === 0) return { kind: 'reply', content: t('gallery.empty') };
    const pages = Math.ceil(entries.length / PER_PAGE);
    const page = Math.min(pages, interaction.options.getInteger('page') ?? 1);
    const shown = entries.slice((page - 1) * PER_PAGE, page * PER_PAGE);
    const files: FileOut[] = [];
    for (const { job } of shown) {
      const image = (await keeping.result(job.id).catch(unlessGone))?.image;
      if (!image || image.bytes.byteLength > place.uploadLimit) continue;
      const name = `${job.spoiler ? 'SPOILER_' : ''}${files.length + 1}.${image.format}`;
      files.push({ name, bytes: image.bytes, description: altText({ ...job, kind: job.plan.kind }, t) });
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
      files,
    };
  },
};
