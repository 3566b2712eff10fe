import {
  PermissionFlagsBits,
  type MessageReaction,
  type PartialMessageReaction,
  type PartialUser,
  type User,
} from 'discord.js';
import { isAgeRestricted, parentOf, UPLOAD_LIMIT, type Caller } from '../../commands/shared/caller.js';
import type { MessageLocation } from '../../jobs/message-repository.js';
import { refusal } from '../../commands/shared/refusals.js';
import { toReverieError } from '../../errors.js';
import { sentenceOf, translator } from '../../i18n/translate.js';
import { renderActions, sendCopy, type ActionContext } from './actions.js';
import { postToStarboard } from '../messages/starboard.js';
import { EMOJI } from '../messages/result-buttons.js';
import { deleteResult, hideResult, scopeOf } from '../messages/result-messages.js';
import type { JobService } from '../job-service.js';
import { ChannelMessage } from '../messages/message-target.js';

type Reaction = MessageReaction | PartialMessageReaction;
export type ReactionAction = keyof typeof EMOJI;

/** Some clients leave out the sign that asks for a coloured picture. */
const plain = (emoji: string | null) => emoji?.replace(/\uFE0F/g, '');

function actionOf({ emoji }: Reaction): ReactionAction | undefined {
  const names = Object.keys(EMOJI) as ReactionAction[];
  return names.find((name) => plain(EMOJI[name]) === plain(emoji.name));
}

/** What a reaction does to the result it is put under, or that taking it away undoes; never rejects. */
export async function react(
  reaction: Reaction,
  by: User | PartialUser,
  given: boolean,
  service: JobService,
): Promise<void> {
  const { repository, log } = service.context;
  const action = actionOf(reaction);
  if (!action || (!given && action !== 'star')) return;
  try {
    const job = await repository.byMessage(reaction.message.id);
    if (!job) return;
    const user = by.partial ? await by.fetch() : by;
    if (user.bot) return;
    if (!given) {
      await repository.star(job.id, user.id, false);
      return;
    }
    const caller = await placeOfReaction(reaction, user.id);
    const t = translator(caller.locale);
    const act = { service, job, caller, t, messageId: reaction.message.id };
    try {
      if (!service.rateLimiter.allows(user.id)) throw refusal('not-allowed', 'too-often');
      await service.admit(caller);
      await perform(action, act);
    } catch (thrown) {
      const error = toReverieError(thrown);
      if (error.code === 'internal') log.error({ err: thrown, action }, 'a reaction failed');
      else log.info({ code: error.code, action }, 'a reaction was refused');
      await service.passingReplies.say(messageOf(act), user.id, sentenceOf(error, t));
    }
  } catch (thrown) {
    log.error({ err: thrown, action }, 'a reaction could not be answered');
  }
}

const messageOf = ({ messageId, caller: { guildId, channelId } }: ActionContext): MessageLocation => ({
  ...{ guildId, channelId, messageId },
});

async function perform(action: ReactionAction, act: ActionContext): Promise<void> {
  const { service, job, caller } = act;
  const { client, context } = service.options;
  switch (action) {
    case 'star':
      await postToStarboard(act, await context.repository.star(job.id, caller.userId, true));
      return;
    case 'copy':
      await sendCopy(act);
      return;
    case 'spoiler':
      await hideResult(act, await scopeOf(act));
      return;
    case 'delete': {
      const scope = await scopeOf(act);
      if (scope === 'copy' || !context.queue.cancel(job.id)) await deleteResult(act, scope);
      return;
    }
    default: {
      const reservation = await service.reserve(caller, { parent: job.id, action });
      try {
        const made = await reservation.during(() => renderActions[action](act));
        const post = new ChannelMessage(client, { answers: messageOf(act), userId: caller.userId });
        await service.submit(made, caller, post, reservation);
      } finally {
        reservation.release();
      }
    }
  }
}

async function placeOfReaction({ message, client }: Reaction, userId: string): Promise<Caller> {
  const { channelId, guildId } = message;
  const channel = await client.channels.fetch(channelId);
  const guild = guildId === null ? null : await client.guilds.fetch(guildId);
  const member = await guild?.members.fetch(userId);
  const allowed =
    member && channel && !channel.isDMBased() ? member.permissionsIn(channel) : member?.permissions;
  return {
    userId,
    guildId,
    channelId,
    parentId: parentOf(channel),
    ageRestricted: isAgeRestricted(channel),
    roles: member ? [...member.roles.cache.keys()] : [],
    moderates: allowed?.has(PermissionFlagsBits.ManageMessages) ?? false,
    managesGuild: allowed?.has(PermissionFlagsBits.ManageGuild) ?? false,
    locale: guild?.preferredLocale ?? 'en-US',
    uploadLimit: UPLOAD_LIMIT,
    tokenOnly: false,
  };
}
