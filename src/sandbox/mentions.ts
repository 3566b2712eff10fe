import { isRecord, text, type Json } from './wire.js';

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : []);

/**
 * Whom a message pings: what its words name, less what its `allowed_mentions` leave out. Without them everyone who
 * is named is pinged, and whoever is answered.
 */
export function pinged(
  content: string,
  { allowed_mentions: allowed }: Json,
  answered?: string,
): { users: string[]; everyone: boolean } {
  const named = [...content.matchAll(/<@!?(\d+)>/g)].map(([, id]) => id!);
  const loud = /@(everyone|here)\b/.test(content);
  const reply = answered === undefined ? [] : [answered];
  if (!isRecord(allowed)) return { users: [...new Set([...named, ...reply])], everyone: loud };
  const kinds = strings(allowed.parse);
  const listed = strings(allowed.users);
  const users = named.filter((id) => kinds.includes('users') || listed.includes(id));
  return {
    users: [...new Set([...users, ...(allowed.replied_user === true ? reply : [])])],
    everyone: loud && kinds.includes('everyone'),
  };
}
