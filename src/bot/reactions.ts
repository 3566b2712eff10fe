import {
  PermissionFlagsBits,
  type MessageReaction,
  type PartialMessageReaction,
  type PartialUser,
  type User,
} from 'discord.js';
import { isAgeRestricted, parentOf, UPLOAD_LIMIT, type Place } from '../commands/place.js';
import { toReverieError } from '../errors.js';
import { translator } from '../locales/translate.js';
import { checkRule, hide, MAKERS, sendCopy, type Act } from './actions.js';
import { exhibit } from './exhibit.js';
import { EMOJI } from './result-buttons.js';
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
    if (!studio.often.allows(user.id)) return;
    const place = await placeOfReaction(reaction, user.id);
    await studio.admit(place);
    await perform(action, { studio, job, place, t: translator(place.locale) });
  } catch (thrown) {
    const { code } = toReverieError(thrown);
    if (code === 'internal') log.error({ err: thrown, action }, 'a reaction failed');
    else log.info({ code, action }, 'a reaction was refused');
  }
}

async function perform(action: ReactionAction, act: Act): Promise<void> {
  const { studio, job, place } = act;
  const { client, context } = studio.options;
  const { message } = job;
  if (!message) return;
  const remote = async () => {
    const channel = await client.channels.fetch(message.channelId);
    if (!channel?.isTextBased()) throw new Error('the channel is out of reach');
    return channel.messages;
  };
  switch (action) {
    case 'star':
      await exhibit(act, await context.keeping.star(job.id, place.userId, true));
      return;
    case 'copy':
      await sendCopy(act, client);
      return;
    case 'spoiler': {
      const view = await hide(act);
      await (await remote()).edit(message.messageId, view);
      return;
    }
    case 'delete':
      checkRule(act);
      if (context.queue.cancel(job.id)) return;
      await (await remote()).delete(message.messageId);
      await context.keeping.remove(job.id);
      return;
    default: {
      const post = new Post(client, { answers: message, userId: place.userId });
      await studio.submit(await MAKERS[action](act), place, post);
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
