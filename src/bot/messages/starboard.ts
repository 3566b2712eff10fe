import { linkTo } from '../../commands/shared/job-title.js';
import type { JobRecord } from '../../jobs/job-repository.js';
import { fitResult } from '../../commands/shared/fit-result.js';
import { isAgeRestricted, UPLOAD_LIMIT } from '../../commands/shared/caller.js';
import { translator } from '../../i18n/translate.js';
import { fitToUploadLimit } from './fit-to-upload-limit.js';
import type { JobService } from '../job-service.js';
import { locationOf } from './message-target.js';
import { finalView } from './views.js';

/** Shows a result in the gallery's channel, once, when it has stars enough. What goes wrong is the operator's to know. */
export async function postToStarboard(
  { service, job }: { service: JobService; job: JobRecord },
  stars: number,
): Promise<void> {
  const { context, client } = service.options;
  const { repository, log, messages, renderer } = context;
  const { galleryChannel, stars: wanted } = await repository.settings(job.guildId);
  if (job.guildId === null || galleryChannel === undefined || stars < wanted) return;
  try {
    const channel = await client.channels.fetch(galleryChannel);
    if (!channel?.isSendable() || channel.isDMBased() || channel.guildId !== job.guildId) return;
    if (job.ageRestricted && !isAgeRestricted(channel)) return;
    if ((await messages.standing([job])).length === 0) return;
    const result = await repository.result(job.id);
    if (!result || !(await repository.claimStarboard(job.id))) return;
    const link = linkTo(job);
    const subject = await service.subject(job, translator(job.locale));
    const message = await fitToUploadLimit(UPLOAD_LIMIT, async (maxBytes) => {
      const shown = finalView(subject, result, await fitResult(result, maxBytes, renderer));
      return channel.send({ ...shown, content: [`⭐ ${stars}`, shown.content, link ?? ''].join(' · ') });
    });
    await service.addCopy(job, { ...locationOf(message), userId: null });
  } catch (thrown) {
    log.warn({ err: thrown, job: job.id }, 'a picture could not be shown in the gallery');
  }
}
