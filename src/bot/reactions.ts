import {
  PermissionFlagsBits,
  type MessageReaction,
  type PartialMessageReaction,
  type PartialUser,
  type User,
} from 'discord.js';
import { isAgeRestricted, parentOf, UPLOAD_LIMIT, type Place } from '../commands/place.js';
import type { MessagePlace } from '../commands/keeping.js';
import { refusal } from '../commands/refusals.js';
import { toReverieError } from '../errors.js';
import { sentenceOf, translator } from '../locales/translate.js';
import { MAKERS, sendCopy, type Act } from './actions.js';
import { exhibit } from './exhibit.js';
import { EMOJI } from './result-buttons.js';
import { deleteResult, hideResult, scopeOf } from './result-messages.js';
import type { Studio } from './studio.js';
import { Post } from './surface.js';

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
  studio: Studio,
): Promise<void> {
  const { keeping, log } = studio.context;
  const action = actionOf(reaction);
  if (!action || (!given && action !== 'star')) return;
  try {
    const job = await keeping.byMessage(reaction.message.id);
    if (!job) return;
    const user = by.partial ? await by.fetch() : by;
    if (user.bot) return;
    if (!given) {
      await keeping.star(job.id, user.id, false);
      return;
    }
    const place = await placeOfReaction(reaction, user.id);
    const t = translator(place.locale);
    const act = { studio, job, place, t, messageId: reaction.message.id };
    try {
      if (!studio.often.allows(user.id)) throw refusal('not-allowed', 'too-often');
      await studio.admit(place);
      await perform(action, act);
    } catch (thrown) {
      const error = toReverieError(thrown);
      if (error.code === 'internal') log.error({ err: thrown, action }, 'a reaction failed');
      else log.info({ code: error.code, action }, 'a reaction was refused');
      await studio.passingReplies.say(messageOf(act), user.id, sentenceOf(error, t));
    }
  } catch (thrown) {
    log.error({ err: thrown, action }, 'a reaction could not be answered');
  }
}

const messageOf = ({ messageId, place: { guildId, channelId } }: Act): MessagePlace => ({
  ...{ guildId, channelId, messageId },
});

async function perform(action: ReactionAction, act: Act): Promise<void> {
  const { studio, job, place } = act;
  const { client, context } = studio.options;
  switch (action) {
    case 'star':
      await exhibit(act, await context.keeping.star(job.id, place.userId, true));
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
      const reservation = await studio.reserve(place, { parent: job.id, action });
      try {
        const made = await reservation.during(() => MAKERS[action](act));
        const post = new Post(client, { answers: messageOf(act), userId: place.userId });
        await studio.submit(made, place, post, reservation);
      } finally {
        reservation.release();
      }
    }
  }
}

async function placeOfReaction({ message, client }: Reaction, userId: string): Promise<Place> {
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
