import { linkTo } from '../../commands/shared/labels.js';
import { fitResult } from '../../commands/shared/pictures.js';
import { translator } from '../../i18n/translate.js';
import type { JobRecord } from '../../jobs/job-repository.js';
import type { BotContext } from '../context.js';
import { isAgeRestricted } from '../interactions/caller.js';
import { fitToUploadLimit, UPLOAD_LIMIT } from './fit-to-upload-limit.js';
import { locationOf } from './message-target.js';
import { subjectOf } from './subject.js';
import { finalView } from './views.js';

/** Posts a result to the guild's starboard channel, once, when it has enough stars. Failures are only logged. */
export async function postToStarboard(
  job: JobRecord,
  stars: number,
  context: Pick<BotContext, 'client' | 'log' | 'messages' | 'repository'>,
): Promise<void> {
  const { client, log, messages, repository } = context;
  // Of the job's guild: the star may have been given in a direct message.
  const settings = await repository.settings(job.guildId);
  const { galleryChannel } = settings;
  if (job.guildId === null || galleryChannel === undefined || stars < settings.stars) return;
  try {
    const channel = await client.channels.fetch(galleryChannel);
    if (!channel?.isSendable() || channel.isDMBased() || channel.guildId !== job.guildId) return;
    if (job.ageRestricted && !isAgeRestricted(channel)) return;
    if ((await messages.stillPosted([job])).length === 0) return;
    const result = await repository.result(job.id);
    if (!result || !(await repository.claimStarboard(job.id))) return;
    const link = linkTo(job);
    const subject = await subjectOf(job, translator(job.locale), repository);
    const message = await fitToUploadLimit(UPLOAD_LIMIT, async (maxBytes) => {
      const shown = finalView(subject, result, await fitResult(result, maxBytes));
      return channel.send({ ...shown, content: [`⭐ ${stars}`, shown.content, link ?? ''].join(' · ') });
    });
    await messages.addCopy(job.id, { ...locationOf(message), userId: null });
  } catch (thrown) {
    log.warn({ err: thrown, job: job.id }, 'a picture could not be posted to the starboard');
  }
}
