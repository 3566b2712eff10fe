import { laneOf, type Job } from '../jobs/job.js';
import type { RenderAsk } from './render-ask.js';
import type { GuildSettings, KeptJob } from './keeping.js';
import type { Place } from './place.js';
import { refusal } from './refusals.js';

/** People the operator trusts with everything, and those the operator lets in nowhere. */
export interface Lists {
  readonly operators: ReadonlySet<string>;
  readonly blocked: ReadonlySet<string>;
}

export const NOBODY: Lists = { operators: new Set(), blocked: new Set() };

/** Who may cancel, hide or delete: the one who asked, moderators of its own guild, operators. Ids are strings. */
export function mayRule(place: Place, job: Pick<KeptJob, 'userId' | 'guildId'>, lists: Lists): boolean {
  if (place.userId === job.userId || lists.operators.has(place.userId)) return true;
  return job.guildId !== null && place.guildId === job.guildId && place.moderates;
}

/** The same for what waits or renders. */
export function mayCancel(place: Place, job: Pick<Job, 'lane' | 'userId'>, lists: Lists): boolean {
  const guildId = place.guildId !== null && laneOf(place.guildId, '') === job.lane ? place.guildId : null;
  return mayRule(place, { userId: job.userId, guildId }, lists);
}

export const notAllowed = () => refusal('not-allowed', 'not-yours');

/** Throws `not-allowed` where the person, the channel or the roles are not let in. */
export function admit(place: Place, settings: GuildSettings, lists: Lists): void {
  const { userId, channelId, parentId, roles } = place;
  if (lists.operators.has(userId)) return;
  if (lists.blocked.has(userId) || settings.blocked.includes(userId)) throw refusal('not-allowed', 'blocked');
  if (place.managesGuild) return;
  const here = settings.channels.includes(channelId) || settings.channels.includes(parentId ?? '');
  if (settings.channels.length > 0 && !here) throw refusal('not-allowed', 'channel');
  if (settings.roles.length > 0 && !roles.some((role) => settings.roles.includes(role)))
    throw refusal('not-allowed', 'role');
}

/** Throws `not-allowed` where a guild's settings forbid what is asked. */
export function checkAsk({ plan, request }: RenderAsk, settings: GuildSettings): void {
  if (settings.forbiddenNetworks.includes(plan.network))
    throw refusal('not-allowed', 'network', { network: plan.network });
  // A contact sheet is many small pictures; what a person sets is the side of one.
  const side = request.kind === 'visualise' ? (request.size ?? 0) : Math.max(plan.width, plan.height);
  if (settings.size !== undefined && side > settings.size)
    throw refusal('not-allowed', 'size', { size: settings.size });
}

/**
 * Throws `queue-full` where a guild lets a person or itself have no more pictures waiting.
 * @param open what waits and renders, and what is on its way to the queue
 */
export function checkRoom(
  place: Place,
  settings: GuildSettings,
  open: readonly Pick<Job, 'lane' | 'userId'>[],
): void {
  const lane = laneOf(place.guildId, place.userId);
  const here = open.filter((job) => job.lane === lane);
  const mine = here.filter((job) => job.userId === place.userId);
  if (settings.perUser !== undefined && mine.length >= settings.perUser)
    throw refusal('queue-full', 'user', { count: mine.length });
  if (settings.perGuild !== undefined && here.length >= settings.perGuild)
    throw refusal('queue-full', 'guild', { count: here.length });
}

/** Throws where a picture may not be shown: one that a moderator deleted, another guild's, or an age-restricted one where children read. */
export function mayShow(job: KeptJob, place: Place): void {
  if (job.withdrawn) throw refusal('nothing-to-show', 'withdrawn');
  const own = job.userId === place.userId;
  if (!own && (job.guildId === null || job.guildId !== place.guildId))
    throw refusal('not-allowed', 'elsewhere');
  if (job.ageRestricted && !place.ageRestricted && place.guildId !== null)
    throw refusal('not-allowed', 'age');
}
