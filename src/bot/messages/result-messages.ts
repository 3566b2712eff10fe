/** Hides and deletes results in all the messages that show them. */
import type { CallerContext } from '../../commands/shared/command.js';
import { fitResult } from '../../commands/shared/pictures.js';
import { refusal } from '../../errors.js';
import { translator } from '../../i18n/translate.js';
import { mayModerate, notAllowed } from '../../jobs/access.js';
import type { JobRecord, JobRepository, StoredResult } from '../../jobs/job-repository.js';
import type { MessageLocation } from '../../jobs/message-repository.js';
import type { BotContext } from '../context.js';
import { fitToUploadLimit, UPLOAD_LIMIT } from './fit-to-upload-limit.js';
import type { View } from './message-target.js';
import { subjectOf } from './subject.js';
import { finalView } from './views.js';

/** A button or a reaction that was used on a message of a result. */
export interface ResultAction extends CallerContext {
  readonly job: JobRecord;
  /** The message: the job's own, or a copy. */
  readonly messageId: string;
}

/** Which messages of a result somebody may hide or delete: all, or only the copy that was made for them. */
export type Scope = 'all' | 'copy';

/** Throws `nothing-to-show` if the job has no result yet. */
export async function storedResult(
  job: JobRecord,
  repository: Pick<JobRepository, 'result'>,
): Promise<StoredResult> {
  const result = await repository.result(job.id);
  if (!result) throw refusal('nothing-to-show', 'unfinished');
  return result;
}

/** Throws `not-allowed` if it is none of them. */
export async function scopeOf(
  { job, messageId, caller }: ResultAction,
  { repository, lists }: Pick<BotContext, 'repository' | 'lists'>,
): Promise<Scope> {
  if (mayModerate(caller, job, lists)) return 'all';
  // A copy in direct messages with the bot belongs to the one member who reads them.
  const direct = caller.guildId === null && !caller.tokenOnly && job.message?.messageId !== messageId;
  const copies = await repository.copiesOf(job.id);
  if (direct || copies.some((copy) => copy.messageId === messageId && copy.userId === caller.userId))
    return 'copy';
  throw notAllowed();
}

/**
 * Deletes a result with all of its messages, or one copy.
 * @param deleteThis deletes the message that the action was used on through its interaction, since the bot's own token
 *   may not reach it
 */
export async function deleteResult(
  action: ResultAction,
  scope: Scope,
  { repository, log, messages }: Pick<BotContext, 'repository' | 'log' | 'messages'>,
  deleteThis?: () => Promise<unknown>,
): Promise<void> {
  const { job, messageId } = action;
  // Recorded first: what is left after a crash is deleted by the next process.
  const unwanted =
    scope === 'all' ? await repository.discard(job.id) : await repository.discardCopy(messageId);
  const deleted = await deleteThis?.().then(
    () => true,
    (thrown: unknown) => {
      log.info({ err: thrown, job: job.id }, 'a message could not be deleted through its interaction');
    },
  );
  if (deleted) await repository.forgetUnwanted(messageId);
  const all = includingThis(unwanted, action);
  await messages.delete(deleted ? all.filter((location) => location.messageId !== messageId) : all);
}

/**
 * Puts a result behind a spoiler in all of its messages, for good, or in one copy. Messages that cannot be reached stay
 * as they are.
 * @param editThis edits the message that the action was used on through its interaction
 */
export async function hideResult(
  action: ResultAction,
  scope: Scope,
  { repository, log, messages }: Pick<BotContext, 'repository' | 'log' | 'messages'>,
  editThis?: (view: View) => Promise<unknown>,
): Promise<void> {
  const { job, messageId } = action;
  const result = await storedResult(job, repository);
  const copies = await repository.copiesOf(job.id);
  if (scope === 'all') await repository.hide(job.id);
  const subject = await subjectOf({ ...job, spoiler: true }, translator(job.locale), repository);
  const forEveryone = new Set(copies.filter(({ userId }) => userId === null).map((copy) => copy.messageId));
  const all = [...(job.message ? [job.message] : []), ...copies];
  for (const location of includingThis(scope === 'all' ? all : [], action))
    try {
      const limit = location.messageId === job.message?.messageId ? job.uploadLimit : UPLOAD_LIMIT;
      await fitToUploadLimit(limit, async (maxBytes) => {
        const view = finalView(subject, result, await fitResult(result, maxBytes));
        if (editThis && location.messageId === messageId) return editThis(view);
        // A message on the starboard keeps its own text.
        const { content, ...rest } = view;
        return messages.edit(location, forEveryone.has(location.messageId) ? rest : { content, ...rest });
      });
    } catch (thrown) {
      log.warn({ err: thrown, job: job.id }, 'a picture could not be hidden in one of its messages');
    }
}

/** The messages and the one that the action was used on, which an earlier version may not have recorded. */
function includingThis(
  messages: readonly MessageLocation[],
  { messageId, caller: { guildId, channelId } }: ResultAction,
): readonly MessageLocation[] {
  const known = messages.some((location) => location.messageId === messageId);
  return known ? messages : [...messages, { guildId, channelId, messageId }];
}
