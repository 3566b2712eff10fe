import { randomUUID } from 'node:crypto';
import type { Client } from 'discord.js';
import { jobTitle, linkTo } from '../commands/shared/job-title.js';
import type { Claim, Reservation } from '../commands/shared/pending-requests.js';
import type { CommandContext } from '../commands/shared/command.js';
import { keyOf } from '../commands/shared/define.js';
import type { RenderCommand } from '../jobs/render-command.js';
import { admit, checkRequest, checkRoom, type AccessLists } from '../commands/shared/authorise.js';
import {
  pictureOf,
  type JobRecord,
  type StoredResult,
  type NewJob,
  type UnfinishedJob,
} from '../jobs/job-repository.js';
import type { MessageCopy, MessageLocation } from '../jobs/message-repository.js';
import type { GuildSettings } from '../jobs/settings-repository.js';
import type { Caller } from '../commands/shared/caller.js';
import { refusal, unlessGone } from '../commands/shared/refusals.js';
import { ReverieError, type ErrorCode } from '../errors.js';
import { endOf, laneOf, type JobSpec, type JobState } from '../jobs/job.js';
import { plainText } from '../i18n/plain-text.js';
import { translator, type Translate } from '../i18n/translate.js';
import type { Action } from './interactions/custom-id.js';
import { TimeQuota, type TimeQuotaLimits } from './time-quota.js';
import { RateLimiter } from '../jobs/rate-limiter.js';
import { retryWhileUnavailable } from './client/retry.js';
import { PassingReplies } from './messages/passing-replies.js';
import type { BotMessages } from './messages/posted-messages.js';
import { ProgressMessage } from './messages/progress-message.js';
import { EMOJI } from './messages/result-buttons.js';
import { ChannelMessage, type MessageTarget } from './messages/message-target.js';
import { finalView, type Subject } from './messages/views.js';

/** All that an answer may need. */
export interface JobServiceOptions {
  readonly context: CommandContext;
  readonly client: Client;
  readonly lists: AccessLists;
  readonly progressIntervalMs: number;
  /** A job that was cut off so often is not begun again. */
  readonly maxAttempts: number;
  readonly timeLimits: TimeQuotaLimits;
  /** Commands, menus and modals that one person may use. */
  readonly commandsPerMinute: number;
  readonly messages: BotMessages;
}

/** Where what people ask for becomes a job, and a job a message. */
export class JobService {
  readonly #timekeeper: TimeQuota;
  /** Buttons and reactions one person may use. */
  readonly rateLimiter = new RateLimiter(8, 30_000);
  readonly #commands: RateLimiter;
  readonly passingReplies: PassingReplies;

  constructor(readonly options: JobServiceOptions) {
    const { estimates, renderer } = options.context;
    this.#commands = new RateLimiter(options.commandsPerMinute, 60_000);
    const { repository, messages, log } = options.context;
    this.passingReplies = new PassingReplies({ client: options.client, repository, messages, log });
    this.#timekeeper = new TimeQuota(options.timeLimits, estimates.costModel, renderer);
  }

  get context(): CommandContext {
    return this.options.context;
  }

  /** Throws `not-allowed` where the person may not use the bot here. */
  async admit(caller: Caller): Promise<void> {
    admit(caller, await this.context.repository.settings(caller.guildId), this.options.lists);
  }

  /** Throws `not-allowed` where a person uses more commands than one may. */
  checkRate(userId: string): void {
    if (!this.#commands.allows(userId)) throw refusal('not-allowed', 'too-often');
  }

  /**
   * Holds a place in the queue for a request, before anything is downloaded for it. Throws `not-allowed` and
   * `queue-full`.
   * @param claim where a button or a reaction goes on from a result: nobody has two open jobs of that kind
   */
  async reserve(caller: Caller, claim?: Claim): Promise<Reservation> {
    const { pending, repository, queue } = this.context;
    const { guildId, userId } = caller;
    const settings = await repository.settings(guildId);
    admit(caller, settings, this.options.lists);
    const alike = pending.all.some(
      (other) =>
        claim !== undefined &&
        other.userId === userId &&
        other.claim?.parent === claim.parent &&
        other.claim.action === claim.action,
    );
    if (alike) throw refusal('not-allowed', 'already-open');
    checkRoom(caller, settings, [...queue.open, ...pending.all]);
    queue.checkRoom({ lane: laneOf(guildId, userId), userId }, pending.all);
    this.#timekeeper.checkOpen(caller, queue.open);
    const reservation = pending.begin(caller, claim);
    // Held before the database is asked: a request alike is found either here or there.
    if (claim && (await repository.openJob(userId, claim.parent, claim.action))) {
      reservation.release();
      throw refusal('not-allowed', 'already-open');
    }
    return reservation;
  }

  /** Queues what is asked and shows it on the surface. Throws `not-allowed` and `queue-full`. */
  async submit(
    command: RenderCommand,
    caller: Caller,
    target: MessageTarget,
    reservation: Reservation,
  ): Promise<void> {
    const { repository, queue } = this.context;
    const settings = await repository.settings(caller.guildId);
    checkRequest(command, settings);
    await this.#timekeeper.check(command, caller, queue.open);
    const parent = command.parent === undefined ? undefined : await repository.job(command.parent);
    const job: NewJob = {
      ...command,
      id: randomUUID(),
      createdAt: new Date(),
      userId: caller.userId,
      guildId: caller.guildId,
      channelId: caller.channelId,
      locale: caller.locale,
      uploadLimit: caller.uploadLimit,
      // What was made behind an age restriction takes it along, also into a direct message.
      ageRestricted: caller.ageRestricted || (parent?.ageRestricted ?? false),
      spoiler: command.spoiler || settings.spoilers,
      fromPicture: pictureOf(command.request) !== undefined,
      ...(reservation.claim ? { action: reservation.claim.action } : {}),
      ...(target.location ? { message: target.location } : {}),
    };
    // Written down before it is let in: what is accepted survives.
    await repository.create(job);
    try {
      const progress = await this.#progressMessage(job, target, settings);
      reservation.throwIfCancelled();
      queue.submit(specOf(job, job.request), progress);
    } catch (thrown) {
      await repository.remove(job.id);
      throw thrown;
    }
  }

  async #placed(id: string, message: MessageLocation): Promise<void> {
    const { repository, messages } = this.context;
    if (await repository.setMessage(id, message)) return;
    await repository.addUnwanted(message);
    await messages.delete([message]);
  }

  /** A message shows a result once more. Where the result is gone meanwhile, so is the message. */
  async addCopy(job: JobRecord, copy: MessageCopy): Promise<void> {
    const { repository, messages } = this.context;
    if (await repository.addCopy(job.id, copy)) return;
    await repository.addUnwanted(copy);
    await messages.delete([copy]);
  }

  /** What the views need to know of a job, in the language of who reads. */
  async subject(job: JobRecord, t: Translate): Promise<Subject> {
    const { id, plan, fields, remarks = [], spoiler, fromPicture } = job;
    const without = new Set<Action>(fromPicture ? [] : ['original']);
    const parent = job.parent === undefined ? undefined : await this.context.repository.job(job.parent);
    const link = linkTo(parent);
    // Brackets would end the link's words.
    const name = parent && plainText(jobTitle(parent, t).replace(/[[\]]/g, ''));
    const from = name && link ? { parent: { name, link, user: `<@${job.userId}>` } } : {};
    return { id, kind: plan.kind, fields, remarks, spoiler, t, without, ...from };
  }

  /** Takes up what the last process left: results are delivered, the rest goes back to the queue. */
  async resume(): Promise<void> {
    const { repository, queue, log } = this.context;
    const left = await repository.unfinished();
    if (left.length > 0) log.info({ jobs: left.length }, 'resuming the jobs of the last process');
    // What was cut off may be what brought the process down: it lets the others go first.
    for (const job of [...left].sort((a, b) => a.attempts - b.attempts)) {
      const settings = await repository.settings(job.guildId);
      const target = await this.#surfaceOf(job);
      const progress = await this.#progressMessage(job, target, settings);
      if (job.state === 'delivering' && job.code !== undefined) {
        void this.#tell(job, progress, lastWords(job, this.options.maxAttempts), job.code);
        continue;
      }
      const kept = job.state === 'delivering' ? await repository.result(job.id).catch(unlessGone) : undefined;
      const request = kept ? undefined : await repository.request(job.id).catch(unlessGone);
      if (kept) void this.#deliver(job, kept, target, settings);
      else if (!request) void this.#giveUp(job, progress, refusal('nothing-to-show', 'gone'));
      else if (job.attempts < this.options.maxAttempts) queue.resume(specOf(job, request), progress);
      else void this.#giveUp(job, progress, givenUp());
    }
  }

  /** The message of a job that the last process left, wherever that got to. */
  async #surfaceOf(job: UnfinishedJob): Promise<ChannelMessage> {
    const { channelId, guildId, message, parent, state, userId } = job;
    const parentPlace = message || !parent ? undefined : (await this.context.repository.job(parent))?.message;
    const here = { guildId, channelId, messageId: '' };
    const answers = message ?? (parentPlace?.channelId === channelId ? parentPlace : here);
    // A first message, or one that replaces another when the picture is there, may have been posted just before the end.
    const mayBeUnrecordedSince = !message
      ? job.createdAt
      : state === 'delivering'
        ? job.changedAt
        : undefined;
    return new ChannelMessage(this.options.client, { answers, userId, at: message, mayBeUnrecordedSince });
  }

  #giveUp(job: JobRecord, progress: ProgressMessage, error: ReverieError): Promise<void> {
    this.context.log.error(
      { job: job.id, code: error.code },
      'giving up on a job: its pictures are missing, or it was interrupted too often',
    );
    // If this process dies before it is said, the next one says it.
    this.#moved(job.id, 'delivering', error.code);
    return this.#tell(job, progress, error, error.code);
  }

  /** Tells that there is no picture. @param code what is written down of it */
  async #tell(
    { id }: JobRecord,
    progress: ProgressMessage,
    error: ReverieError,
    code: ErrorCode,
  ): Promise<void> {
    try {
      await progress.fail(error);
    } catch (thrown) {
      this.context.log.error({ err: thrown, job: id }, 'could not tell anyone that a job failed');
    }
    this.#moved(id, endOf(code), code);
  }

  async #deliver(
    job: JobRecord,
    kept: StoredResult,
    target: ChannelMessage,
    settings: GuildSettings,
  ): Promise<void> {
    const { repository, log } = this.context;
    const { stopDeleted, reactions } = settings;
    try {
      const subject = await this.subject(job, translator(job.locale));
      const say = () =>
        target.deliver((origin) => finalView({ ...subject, origin }, kept, kept.image), job.id, {
          replaceDeleted: !stopDeleted,
        });
      await retryWhileUnavailable(say, { log: log.child({ job: job.id }) });
      if (target.location) await repository.setMessage(job.id, target.location);
      if (reactions) await this.#seed(job.id);
      this.#moved(job.id, 'completed');
    } catch (thrown) {
      if (target.deleted && stopDeleted) {
        this.#end(job.id);
        this.#moved(job.id, 'completed');
        return;
      }
      this.#moved(job.id, 'failed', 'not-delivered');
      log.error(
        { err: thrown, job: job.id },
        'a finished picture could not be delivered; /show still has it',
      );
    }
  }

  /** Ends a job whose message was deleted. A picture that is finished already is shown to nobody. */
  #end(id: string): void {
    const { context, messages } = this.options;
    if (context.queue.cancel(id)) return;
    messages.withdraw(id).catch((thrown: unknown) => {
      context.log.error({ err: thrown, job: id }, 'a deleted picture could not be withdrawn');
    });
  }

  /** A disk that refuses stops nobody else. */
  #moved(id: string, ...change: [JobState, ErrorCode?]): void {
    const { repository, log } = this.context;
    try {
      repository.recordState(id, ...change);
    } catch (cause) {
      log.error({ err: cause, job: id, state: change[0] }, 'a change of state could not be saved');
    }
  }

  async #progressMessage(
    job: JobRecord,
    target: MessageTarget,
    settings: GuildSettings,
  ): Promise<ProgressMessage> {
    const { context, progressIntervalMs } = this.options;
    const { estimates, repository, renderer, log } = context;
    const subject = await this.subject(job, translator(job.locale));
    const fail = (thrown: unknown) => {
      log.error({ err: thrown, job: job.id }, 'could not save the progress of a job');
    };
    const end = () => {
      this.#end(job.id);
    };
    return new ProgressMessage({
      reply: target,
      renderer,
      log,
      intervalMs: progressIntervalMs,
      uploadLimit: job.uploadLimit,
      subject,
      doneAt: (of) => estimates.doneAt(of),
      onPlaced: (id, message) => void this.#placed(id, message).catch(fail),
      isKept: async (id) => (await repository.job(id)) !== undefined,
      onRendered: (seconds) => {
        estimates.costModel.learn(job.plan, seconds);
      },
      keep: (id, result) => repository.saveResult(id, result).catch(fail),
      ...(settings.stopDeleted ? { onDeleted: end } : {}),
      ...(settings.reactions ? { onDelivered: (id: string) => this.#seed(id) } : {}),
    });
  }

  /** Puts the reactions under a result, one by one as Discord wants it. */
  async #seed(id: string): Promise<void> {
    const { client, context } = this.options;
    const location = (await context.repository.job(id))?.message;
    if (!location) return;
    try {
      const channel = await client.channels.fetch(location.channelId);
      if (!channel?.isTextBased()) return;
      for (const emoji of Object.values(EMOJI)) await channel.messages.react(location.messageId, emoji);
    } catch (thrown) {
      context.log.info({ err: thrown, job: id }, 'could not add reactions to a result');
    }
  }
}

const givenUp = () => refusal('render-failed', 'given-up');

/** Codes whose sentence needs nothing that the last process took along. */
const SAID_BY_CODE: readonly ErrorCode[] = ['aborted', 'internal', 'timed-out'];

/** What the last process was about to say. */
function lastWords({ code, attempts }: UnfinishedJob, maxAttempts: number): ReverieError {
  if (code === 'nothing-to-show') return refusal(code, 'gone');
  if (code === 'render-failed' && attempts >= maxAttempts) return givenUp();
  const known = SAID_BY_CODE.find((one) => one === code);
  return known
    ? new ReverieError(known, translator('en')(keyOf(`error.${known}`)))
    : refusal('render-failed', 'restarted');
}

const specOf = (
  { id, guildId, userId, plan }: JobRecord,
  request: JobSpec['request'],
): JobSpec & { id: string } => ({
  id,
  lane: laneOf(guildId, userId),
  userId,
  title: plan.kind,
  request,
  plan,
});
