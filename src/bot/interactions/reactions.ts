/** Reactions to results that do what a button does. */
import type { PartialUser, User } from 'discord.js';
import type { MessageLocation } from '../../jobs/message-repository.js';
import { toReverieError } from '../../errors.js';
import { sentenceOf, translator } from '../../i18n/translate.js';
import type { BotContext } from '../context.js';
import { ChannelMessage } from '../messages/message-target.js';
import { EMOJI } from '../messages/result-buttons.js';
import { deleteResult, hideResult, scopeOf, type ResultAction } from '../messages/result-messages.js';
import { postToStarboard } from '../messages/starboard.js';
import { renderActions, sendCopy } from './actions.js';
import { callerOfReaction, type Reaction } from './caller.js';

type ReactionAction = keyof typeof EMOJI;

/** Some clients omit the variation selector that asks for a coloured emoji. */
const withoutSelector = (emoji: string | null) => emoji?.replace(/\uFE0F/g, '');

function actionOf({ emoji }: Reaction): ReactionAction | undefined {
  const names = Object.keys(EMOJI) as ReactionAction[];
  return names.find((name) => withoutSelector(EMOJI[name]) === withoutSelector(emoji.name));
}

/** Carries out a reaction that was added to a result; never rejects. */
export async function addReaction(
  reaction: Reaction,
  by: User | PartialUser,
  context: BotContext,
): Promise<void> {
  const action = actionOf(reaction);
  if (!action) return;
  const { jobs, repository, passingReplies, log } = context;
  try {
    const job = await repository.byMessage(reaction.message.id);
    if (!job) return;
    const user = by.partial ? await by.fetch() : by;
    if (user.bot) return;
    const caller = await callerOfReaction(reaction, user.id);
    const settings = await repository.settings(caller.guildId);
    const t = translator(caller.locale);
    const result = { caller, settings, t, job, messageId: reaction.message.id };
    try {
      jobs.checkActionRate(user.id);
      jobs.checkAccess(result);
      await act(action, result, context);
    } catch (thrown) {
      const error = toReverieError(thrown);
      if (error.code === 'internal') log.error({ err: thrown, action }, 'a reaction failed');
      else log.info({ code: error.code, action }, 'a reaction was refused');
      await passingReplies.send(messageOf(result), user.id, sentenceOf(error, t));
    }
  } catch (thrown) {
    log.error({ err: thrown, action }, 'a reaction could not be answered');
  }
}

/** Takes back a star; other reactions cannot be taken back. Never rejects. */
export async function removeReaction(
  reaction: Reaction,
  by: User | PartialUser,
  { repository, log }: Pick<BotContext, 'repository' | 'log'>,
): Promise<void> {
  if (actionOf(reaction) !== 'star') return;
  try {
    const job = await repository.byMessage(reaction.message.id);
    if (job) await repository.star(job.id, by.id, false);
  } catch (thrown) {
    log.error({ err: thrown }, 'a star could not be taken back');
  }
}

const messageOf = ({ messageId, caller: { guildId, channelId } }: ResultAction): MessageLocation => ({
  ...{ guildId, channelId, messageId },
});

async function act(action: ReactionAction, result: ResultAction, context: BotContext): Promise<void> {
  const { jobs, repository } = context;
  const { job, caller } = result;
  switch (action) {
    case 'star':
      await postToStarboard(job, await repository.star(job.id, caller.userId, true), context);
      return;
    case 'copy':
      await sendCopy(result, context);
      return;
    case 'spoiler':
      await hideResult(result, await scopeOf(result, context), context);
      return;
    case 'delete': {
      const scope = await scopeOf(result, context);
      if (scope === 'copy' || !jobs.cancel(job.id, caller)) await deleteResult(result, scope, context);
      return;
    }
    default:
      await startRender(action, result, context);
  }
}

/** The new picture is posted as a reply to the message. */
async function startRender(
  action: keyof typeof renderActions & ReactionAction,
  result: ResultAction,
  context: BotContext,
): Promise<void> {
  const { client, jobs, progressMessages } = context;
  const reservation = await jobs.reserve(result, { parent: result.job.id, action });
  try {
    const command = await reservation.during(() => renderActions[action](result, context));
    const target = new ChannelMessage(client, { answers: messageOf(result), userId: result.caller.userId });
    await jobs.submit(command, result, reservation, progressMessages.of(target, result.settings));
  } finally {
    reservation.release();
  }
}
