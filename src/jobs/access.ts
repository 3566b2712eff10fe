/** Who may do what: the operator's lists, a guild's settings, whose job it is. */
import { refusal } from '../errors.js';
import { laneOf, type Job } from './job.js';
import type { JobRecord } from './job-repository.js';
import type { RenderCommand } from './render-command.js';
import type { GuildSettings } from './settings-repository.js';

/** Who uses the bot, and where. */
export interface Caller {
  readonly userId: string;
  readonly guildId: string | null;
  readonly channelId: string;
  /** The channel that a thread belongs to. */
  readonly parentId: string | null;
  readonly ageRestricted: boolean;
  readonly roles: readonly string[];
  /** May moderate other people's messages here. */
  readonly moderates: boolean;
  readonly managesGuild: boolean;
  readonly locale: string;
  /** The bot is not a member here: only the interaction's own token can answer, for as long as it is valid. */
  readonly tokenOnly: boolean;
  /** Bytes that a file may have here. */
  readonly uploadLimit: number;
}

/** User ids: operators may do everything everywhere, blocked users nothing anywhere. */
export interface AccessLists {
  readonly operators: ReadonlySet<string>;
  readonly blocked: ReadonlySet<string>;
}

export const NOBODY: AccessLists = { operators: new Set(), blocked: new Set() };

/** Whether the caller may cancel, hide or delete a job: its owner, moderators of its guild and operators may. */
export function mayModerate(
  caller: Caller,
  job: Pick<JobRecord, 'userId' | 'guildId'>,
  lists: AccessLists,
): boolean {
  if (caller.userId === job.userId || lists.operators.has(caller.userId)) return true;
  return job.guildId !== null && caller.guildId === job.guildId && caller.moderates;
}

/** The same for a job in the queue. */
export function mayCancel(caller: Caller, job: Pick<Job, 'lane' | 'userId'>, lists: AccessLists): boolean {
  const guildId = caller.guildId !== null && laneOf(caller.guildId, '') === job.lane ? caller.guildId : null;
  return mayModerate(caller, { userId: job.userId, guildId }, lists);
}

export const notAllowed = () => refusal('not-allowed', 'not-yours');

/** Throws `not-allowed` if the settings or the operator exclude the caller, the channel or the caller's roles. */
export function checkAccess(caller: Caller, settings: GuildSettings, lists: AccessLists): void {
  const { userId, channelId, parentId, roles } = caller;
  if (lists.operators.has(userId)) return;
  if (lists.blocked.has(userId) || settings.blocked.includes(userId)) throw refusal('not-allowed', 'blocked');
  if (caller.managesGuild) return;
  const here = settings.channels.includes(channelId) || settings.channels.includes(parentId ?? '');
  if (settings.channels.length > 0 && !here) throw refusal('not-allowed', 'channel');
  if (settings.roles.length > 0 && !roles.some((role) => settings.roles.includes(role)))
    throw refusal('not-allowed', 'role');
}

/** Throws `not-allowed` if the guild's settings forbid the network or the size, of a sheet or of what is chosen from it. */
export function checkRequest({ prepared, request, chosen }: RenderCommand, settings: GuildSettings): void {
  const { plan } = prepared.run;
  const forbidden = settings.forbiddenNetworks.find((name) => [plan.network, chosen?.network].includes(name));
  if (forbidden) throw refusal('not-allowed', 'network', { network: forbidden });
  // A contact sheet consists of many small pictures; the limit applies to the side of one.
  const sheet = request.kind === 'visualise' || request.kind === 'sheet';
  const side = sheet ? (request.size ?? 0) : Math.max(plan.width, plan.height);
  if (settings.size !== undefined && Math.max(side, chosen?.size ?? 0) > settings.size)
    throw refusal('not-allowed', 'size', { size: settings.size });
}

/**
 * Throws `queue-full` if the guild's settings allow no more open jobs, for this member or for the guild.
 * @param open jobs in the queue and requests that are still being prepared
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

/**
 * Throws if a result may not be shown to the caller: a moderator deleted it, it is another guild's, or it is age
 * restricted and the channel is not.
 */
export function checkVisible(job: JobRecord, caller: Caller): void {
  if (job.withdrawn) throw refusal('nothing-to-show', 'withdrawn');
  const own = job.userId === caller.userId;
  if (!own && (job.guildId === null || job.guildId !== caller.guildId))
    throw refusal('not-allowed', 'elsewhere');
  if (job.ageRestricted && !caller.ageRestricted && caller.guildId !== null)
    throw refusal('not-allowed', 'age');
}
