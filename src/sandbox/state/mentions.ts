/** Decides whom a message notifies. */
import { AllowedMentionsTypes } from 'discord-api-types/v10';
import { isObject, toText, type JsonObject } from '../json.js';

export interface Mentions {
  /** Ids. */
  users: string[];
  everyone: boolean;
}

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(toText) : []);

/**
 * The users that the content mentions, as far as `allowed_mentions` permits. Without `allowed_mentions`, everyone
 * mentioned is notified, and the author of the message that is replied to.
 * @param repliedTo the id of that author
 */
export function mentionsOf(
  content: string,
  { allowed_mentions: allowed }: JsonObject,
  repliedTo?: string,
): Mentions {
  const mentioned = [...content.matchAll(/<@!?(\d+)>/g)].map(([, id]) => id!);
  const everyone = /@(everyone|here)\b/.test(content);
  const replied = repliedTo === undefined ? [] : [repliedTo];
  if (!isObject(allowed)) return { users: [...new Set([...mentioned, ...replied])], everyone };
  const parsed = strings(allowed.parse);
  const listed = strings(allowed.users);
  const permitted = mentioned.filter(
    (id) => parsed.includes(AllowedMentionsTypes.User) || listed.includes(id),
  );
  return {
    users: [...new Set([...permitted, ...(allowed.replied_user === true ? replied : [])])],
    everyone: everyone && parsed.includes(AllowedMentionsTypes.Everyone),
  };
}
