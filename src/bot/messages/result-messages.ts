import { fitResult } from '../../commands/shared/fit-result.js';
import { mayModerate, notAllowed } from '../../commands/shared/authorise.js';
import type { MessageLocation } from '../../jobs/message-repository.js';
import { UPLOAD_LIMIT } from '../../commands/shared/caller.js';
import { translator } from '../../i18n/translate.js';
import { resultOf, type ActionContext } from '../interactions/actions.js';
import { fitToUploadLimit } from './fit-to-upload-limit.js';
import type { View } from './message-target.js';
import { finalView } from './views.js';

/** Which messages of a result a person may hide or delete: all, or only the copy that was made for that person. */
export type Scope = 'all' | 'copy';

/** Throws `not-allowed` where it is none. */
export async function scopeOf({ job, messageId, caller, service }: ActionContext): Promise<Scope> {
  if (mayModerate(caller, job, service.options.lists)) return 'all';
  // A copy in direct messages with the bot is for the one person who is there.
  const direct = caller.guildId === null && !caller.tokenOnly && job.message?.messageId !== messageId;
  const copies = await service.context.repository.copiesOf(job.id);
  if (direct || copies.some((copy) => copy.messageId === messageId && copy.userId === caller.userId))
    return 'copy';
  throw notAllowed();
}

/**
 * Deletes a result with all of its messages, or one copy.
 * @param deletePressed deletes the message it was done on through its interaction, where the bot's own token may not
 *   reach it
 */
export async function deleteResult(
  act: ActionContext,
  scope: Scope,
  deletePressed?: () => Promise<unknown>,
): Promise<void> {
  const { job, messageId, service } = act;
  const { repository, log, messages } = service.context;
  // Written down first: what a crash leaves, the next process deletes.
  const unwanted =
    scope === 'all' ? await repository.discard(job.id) : await repository.discardCopy(messageId);
  const deleted = await deletePressed?.().then(
    () => true,
    (thrown: unknown) => {
      log.info({ err: thrown, job: job.id }, 'a message could not be deleted through its interaction');
    },
  );
  if (deleted) await repository.forgetUnwanted(messageId);
  const all = withPressed(unwanted, act);
  await messages.delete(deleted ? all.filter((location) => location.messageId !== messageId) : all);
}

/**
 * Hides a result in all of its messages, for good, or in one copy. Where a message is out of reach, it stays as it is.
 * @param editPressed edits the message it was done on through its interaction
 */
export async function hideResult(
  act: ActionContext,
  scope: Scope,
  editPressed?: (view: View) => Promise<unknown>,
): Promise<void> {
  const { job, messageId, service } = act;
  const { messages } = service.options;
  const { repository, log, renderer } = service.context;
  const result = await resultOf(act);
  const copies = await repository.copiesOf(job.id);
  if (scope === 'all') await repository.hide(job.id);
  const subject = await service.subject({ ...job, spoiler: true }, translator(job.locale));
  const forEveryone = new Set(copies.filter(({ userId }) => userId === null).map((copy) => copy.messageId));
  const all = [...(job.message ? [job.message] : []), ...copies];
  for (const location of withPressed(scope === 'all' ? all : [], act))
    try {
      const limit = location.messageId === job.message?.messageId ? job.uploadLimit : UPLOAD_LIMIT;
      await fitToUploadLimit(limit, async (maxBytes) => {
        const view = finalView(subject, result, await fitResult(result, maxBytes, renderer));
        if (editPressed && location.messageId === messageId) return editPressed(view);
        // What the gallery's message says beside the picture is its own.
        const { content, ...rest } = view;
        return messages.edit(location, forEveryone.has(location.messageId) ? rest : { content, ...rest });
      });
    } catch (thrown) {
      log.warn({ err: thrown, job: job.id }, 'a picture could not be hidden in one of its messages');
    }
}

/** The messages and the one it was done on, which an earlier version may not have written down. */
function withPressed(
  places: readonly MessageLocation[],
  { messageId, caller: { guildId, channelId } }: ActionContext,
): readonly MessageLocation[] {
  const known = places.some((location) => location.messageId === messageId);
  return known ? places : [...places, { guildId, channelId, messageId }];
}
