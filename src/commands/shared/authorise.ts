import { laneOf, type Job } from '../../jobs/job.js';
import type { RenderCommand } from '../../jobs/render-command.js';
import type { JobRecord } from '../../jobs/job-repository.js';
import type { GuildSettings } from '../../jobs/settings-repository.js';
import type { Caller } from './caller.js';
import { refusal } from './refusals.js';

/** People the operator trusts with everything, and those the operator lets in nowhere. */
export interface AccessLists {
  readonly operators: ReadonlySet<string>;
  readonly blocked: ReadonlySet<string>;
}

export const NOBODY: AccessLists = { operators: new Set(), blocked: new Set() };

/** Who may cancel, hide or delete: the one who asked, moderators of its own guild, operators. Ids are strings. */
export function mayModerate(
  caller: Caller,
  job: Pick<JobRecord, 'userId' | 'guildId'>,
  lists: AccessLists,
): boolean {
  if (caller.userId === job.userId || lists.operators.has(caller.userId)) return true;
  return job.guildId !== null && caller.guildId === job.guildId && caller.moderates;
}

/** The same for what waits or renders. */
export function mayCancel(caller: Caller, job: Pick<Job, 'lane' | 'userId'>, lists: AccessLists): boolean {
  const guildId = caller.guildId !== null && laneOf(caller.guildId, '') === job.lane ? caller.guildId : null;
  return mayModerate(caller, { userId: job.userId, guildId }, lists);
}

export const notAllowed = () => refusal('not-allowed', 'not-yours');

/** Throws `not-allowed` where the person, the channel or the roles are not let in. */
export function admit(caller: Caller, settings: GuildSettings, lists: AccessLists): void {
  const { userId, channelId, parentId, roles } = caller;
  if (lists.operators.has(userId)) return;
  if (lists.blocked.has(userId) || settings.blocked.includes(userId)) throw refusal('not-allowed', 'blocked');
  if (caller.managesGuild) return;
  const here = settings.channels.includes(channelId) || settings.channels.includes(parentId ?? '');
  if (settings.channels.length > 0 && !here) throw refusal('not-allowed', 'channel');
  if (settings.roles.length > 0 && !roles.some((role) => settings.roles.includes(role)))
    throw refusal('not-allowed', 'role');
}

/** Throws `not-allowed` where a guild's settings forbid what is asked. */
export function checkRequest({ plan, request }: RenderCommand, settings: GuildSettings): void {
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
  caller: Caller,
  settings: GuildSettings,
  open: readonly Pick<Job, 'lane' | 'userId'>[],
): void {
  const lane = laneOf(caller.guildId, caller.userId);
  const here = open.filter((job) => job.lane === lane);
  const mine = here.filter((job) => job.userId === caller.userId);
  if (settings.perUser !== undefined && mine.length >= settings.perUser)
    throw refusal('queue-full', 'user', { count: mine.length });
  if (settings.perGuild !== undefined && here.length >= settings.perGuild)
    throw refusal('queue-full', 'guild', { count: here.length });
}

/** Throws where a picture may not be shown: one that a moderator deleted, another guild's, or an age-restricted one where children read. */
export function mayShow(job: JobRecord, caller: Caller): void {
  if (job.withdrawn) throw refusal('nothing-to-show', 'withdrawn');
  const own = job.userId === caller.userId;
  if (!own && (job.guildId === null || job.guildId !== caller.guildId))
    throw refusal('not-allowed', 'elsewhere');
  if (job.ageRestricted && !caller.ageRestricted && caller.guildId !== null)
    throw refusal('not-allowed', 'age');
}
