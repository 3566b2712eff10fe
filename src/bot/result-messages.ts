import { fitResult } from '../commands/fit-result.js';
import { mayRule, notAllowed } from '../commands/authorise.js';
import type { MessagePlace } from '../commands/keeping.js';
import { UPLOAD_LIMIT } from '../commands/place.js';
import { translator } from '../locales/translate.js';
import { resultOf, type Act } from './actions.js';
import { fitToUploadLimit } from './fit-to-upload-limit.js';
import type { View } from './surface.js';
import { finalView } from './views.js';

/** Which messages of a result a person may hide or delete: all, or only the copy that was made for that person. */
export type Scope = 'all' | 'copy';

/** Throws `not-allowed` where it is none. */
export async function scopeOf({ job, messageId, place, studio }: Act): Promise<Scope> {
  if (mayRule(place, job, studio.options.lists)) return 'all';
  // A copy in direct messages with the bot is for the one person who is there.
  const direct = place.guildId === null && !place.tokenOnly && job.message?.messageId !== messageId;
  const copies = await studio.context.keeping.copiesOf(job.id);
  if (direct || copies.some((copy) => copy.messageId === messageId && copy.userId === place.userId))
    return 'copy';
  throw notAllowed();
}

/**
 * Deletes a result with all of its messages, or one copy.
 * @param deletePressed deletes the message it was done on through its interaction, where the bot's own token may not
 *   reach it
 */
export async function deleteResult(
  act: Act,
  scope: Scope,
  deletePressed?: () => Promise<unknown>,
): Promise<void> {
  const { job, messageId, studio } = act;
  const { keeping, log, messages } = studio.context;
  // Written down first: what a crash leaves, the next process deletes.
  const unwanted = scope === 'all' ? await keeping.discard(job.id) : await keeping.discardCopy(messageId);
  const deleted = await deletePressed?.().then(
    () => true,
    (thrown: unknown) => {
      log.info({ err: thrown, job: job.id }, 'a message could not be deleted through its interaction');
    },
  );
  if (deleted) await keeping.forgetUnwanted(messageId);
  const all = withPressed(unwanted, act);
  await messages.delete(deleted ? all.filter((place) => place.messageId !== messageId) : all);
}

/**
 * Hides a result in all of its messages, for good, or in one copy. Where a message is out of reach, it stays as it is.
 * @param editPressed edits the message it was done on through its interaction
 */
export async function hideResult(
  act: Act,
  scope: Scope,
  editPressed?: (view: View) => Promise<unknown>,
): Promise<void> {
  const { job, messageId, studio } = act;
  const { messages } = studio.options;
  const { keeping, log, renderer } = studio.context;
  const result = await resultOf(act);
  const copies = await keeping.copiesOf(job.id);
  if (scope === 'all') await keeping.hide(job.id);
  const subject = await studio.subject({ ...job, spoiler: true }, translator(job.locale));
  const forEveryone = new Set(copies.filter(({ userId }) => userId === null).map((copy) => copy.messageId));
  const all = [...(job.message ? [job.message] : []), ...copies];
  for (const place of withPressed(scope === 'all' ? all : [], act))
    try {
      const limit = place.messageId === job.message?.messageId ? job.uploadLimit : UPLOAD_LIMIT;
      await fitToUploadLimit(limit, async (maxBytes) => {
        const view = finalView(subject, result, await fitResult(result, maxBytes, renderer));
        if (editPressed && place.messageId === messageId) return editPressed(view);
        // What the gallery's message says beside the picture is its own.
        const { content, ...rest } = view;
        return messages.edit(place, forEveryone.has(place.messageId) ? rest : { content, ...rest });
      });
    } catch (thrown) {
      log.warn({ err: thrown, job: job.id }, 'a picture could not be hidden in one of its messages');
    }
}

/** The messages and the one it was done on, which an earlier version may not have written down. */
function withPressed(
  places: readonly MessagePlace[],
  { messageId, place: { guildId, channelId } }: Act,
): readonly MessagePlace[] {
  const known = places.some((place) => place.messageId === messageId);
  return known ? places : [...places, { guildId, channelId, messageId }];
}
