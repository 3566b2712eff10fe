/** Decides which requests are accepted, records them as jobs, queues them, and resumes what the last process left. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { ReverieError, refusal, toReverieError, type ErrorCode } from '../errors.js';
import {
  checkAccess,
  checkRequest,
  checkRoom,
  mayCancel,
  notAllowed,
  type AccessLists,
  type Caller,
} from './access.js';
import type { PreparedRequest, Renderer } from '../pipeline/renderer.js';
import type { RenderRequestInput } from '../pipeline/requests.js';
import {
  endOf,
  isBackground,
  laneOf,
  type Job,
  type JobObserver,
  type JobSpec,
  type JobState,
} from './job.js';
import {
  pictureOf,
  undefinedIfGone,
  type JobRecord,
  type JobRepository,
  type NewJob,
  type StoredResult,
  type UnfinishedJob,
} from './job-repository.js';
import type { MessageLocation } from './message-repository.js';
import type { Claim, PendingRequest, PendingRequests, Reservation } from './pending-requests.js';
import type { JobQueue } from './queue.js';
import { RateLimiter } from './rate-limiter.js';
import type { RenderCommand } from './render-command.js';
import type { GuildSettings, SettingsRepository } from './settings-repository.js';
import type { TimeQuota } from './time-quota.js';

/** Shows one job to the member who asked for it, and records its result before showing that. */
export interface JobReporter extends JobObserver {
  /** Shows why there is no picture. */
  fail(error: ReverieError): Promise<void>;
  /** Shows a result that an earlier process recorded. Throws if it cannot be delivered. */
  deliverStored(result: StoredResult): Promise<void>;
}

/** Who asks, and the settings of the guild as they were read when the request arrived. */
export interface Requester {
  readonly caller: Caller;
  readonly settings: GuildSettings;
}

/** The message that answers a request. */
export interface JobMessage {
  readonly location: MessageLocation | undefined;
  readonly report: (job: JobRecord) => Promise<JobReporter>;
}

export interface JobServiceOptions {
  readonly repository: JobRepository & Pick<SettingsRepository, 'settings'>;
  readonly queue: JobQueue;
  readonly renderer: Pick<Renderer, 'prepare'>;
  readonly pending: PendingRequests;
  readonly timeQuota: TimeQuota;
  readonly lists: AccessLists;
  readonly log: Logger;
  /** Commands, menus and modals that one member may use. */
  readonly commandsPerMinute: number;
  /** A job that was interrupted this often while it rendered is given up. */
  readonly maxAttempts: number;
}

export class JobService {
  readonly #options: JobServiceOptions;
  readonly #commandRate: RateLimiter;
  readonly #actionRate = new RateLimiter(8, 30_000);

  constructor(options: JobServiceOptions) {
    this.#options = options;
    this.#commandRate = new RateLimiter(options.commandsPerMinute, 60_000);
  }

  /** Throws `not-allowed` if the member may not use the bot here. */
  checkAccess({ caller, settings }: Requester): void {
    checkAccess(caller, settings, this.#options.lists);
  }

  /** Throws `not-allowed` if a member uses commands, menus and modals too often. */
  checkCommandRate(userId: string): void {
    if (!this.#commandRate.allows(userId)) throw refusal('not-allowed', 'too-often');
  }

  /** The same for buttons and reactions. */
  checkActionRate(userId: string): void {
    if (!this.#actionRate.allows(userId)) throw refusal('not-allowed', 'too-often');
  }

  /**
   * Holds room in the queue for a request, before anything is downloaded for it. Throws `not-allowed` and `queue-full`.
   * @param claim given when a button or a reaction asks for a picture: a member has one open job for each
   */
  async reserve({ caller, settings }: Requester, claim?: Claim): Promise<Reservation> {
    const { pending, repository, queue, timeQuota, lists } = this.#options;
    const { guildId, userId } = caller;
    checkAccess(caller, settings, lists);
    const requests = pending.all;
    const open = this.#foreground;
    if (claim && requests.some((other) => other.userId === userId && isSame(claim, other.claim)))
      throw refusal('not-allowed', 'already-open');
    checkRoom(caller, settings, [...open, ...requests]);
    queue.checkRoom({ lane: laneOf(guildId, userId), userId }, requests);
    timeQuota.checkOpen(caller, open);
    const reservation = pending.begin(caller, claim);
    // Reserved before the database is read: a second request with this claim is found in one of the two.
    if (claim && (await repository.openJob(userId, claim.parent, claim.action))) {
      reservation.release();
      throw refusal('not-allowed', 'already-open');
    }
    return reservation;
  }

  /** Records the request as a job and queues it. Throws `not-allowed` and `queue-full`. */
  async submit(
    command: RenderCommand,
    requester: Requester,
    reservation: Reservation,
    message: JobMessage,
  ): Promise<void> {
    const { repository, queue, timeQuota } = this.#options;
    checkRequest(command, requester.settings);
    await timeQuota.check(command, requester.caller, this.#foreground);
    const parent = command.parent === undefined ? undefined : await repository.job(command.parent);
    const job = newJob(command, requester, reservation.claim, parent, message.location);
    // Recorded before it is queued: what was accepted survives a crash.
    await repository.create(job);
    try {
      const reporter = await message.report(job);
      reservation.throwIfCancelled();
      queue.submit(specOf(job, command.prepared), reporter);
    } catch (thrown) {
      await repository.remove(job.id);
      throw thrown;
    }
  }

  /** Everything that renders, waits, or is still being prepared. */
  get open(): readonly (Job | PendingRequest)[] {
    const { queue, pending } = this.#options;
    return [...queue.open, ...pending.all];
  }

  /** Of these, those that the caller may cancel. */
  cancellable(caller: Caller): readonly (Job | PendingRequest)[] {
    return this.open.filter((job) => mayCancel(caller, job, this.#options.lists));
  }

  /** The job that was cancelled; undefined if there is nothing to cancel. Throws `not-allowed`. */
  cancel(id: string, caller: Caller): Job | PendingRequest | undefined {
    const { queue, pending, lists } = this.#options;
    const job = this.open.find((one) => one.id === id);
    if (!job) return undefined;
    if (!mayCancel(caller, job, lists)) throw notAllowed();
    return pending.cancel(id) || queue.cancel(id) ? job : undefined;
  }

  /** Cancels everything that a member has open. */
  cancelAll(userId: string): void {
    const { queue, pending } = this.#options;
    for (const { id } of this.open.filter((job) => job.userId === userId))
      if (!pending.cancel(id)) queue.cancel(id);
  }

  /** Takes up what the last process left: finished results are delivered, the rest goes back to the queue. */
  async resume(report: (job: UnfinishedJob, settings: GuildSettings) => Promise<JobReporter>): Promise<void> {
    const { repository, log } = this.#options;
    const jobs = await repository.unfinished();
    if (jobs.length > 0) log.info({ jobs: jobs.length }, 'resuming the jobs of the last process');
    // A job that was interrupted may be what crashed the process: it lets the others go first.
    for (const job of [...jobs].sort((a, b) => a.attempts - b.attempts)) {
      const settings = await repository.settings(job.guildId);
      await this.#resume(job, await report(job, settings));
    }
  }

  /** Jobs in the queue that others have to wait for. */
  get #foreground(): readonly Job[] {
    return this.#options.queue.open.filter((job) => !isBackground(job));
  }

  async #resume(job: UnfinishedJob, reporter: JobReporter): Promise<void> {
    const { repository, maxAttempts } = this.#options;
    const delivering = job.state === 'delivering';
    if (delivering && job.code !== undefined) {
      void this.#reportFailure(job.id, reporter, lastError(job, maxAttempts), job.code);
      return;
    }
    const result = delivering ? await repository.result(job.id).catch(undefinedIfGone) : undefined;
    const request = result ? undefined : await repository.request(job.id).catch(undefinedIfGone);
    if (result) void this.#deliver(job.id, reporter, result);
    else if (!request) void this.#giveUp(job.id, reporter, refusal('nothing-to-show', 'gone'));
    else if (job.attempts >= maxAttempts) void this.#giveUp(job.id, reporter, givenUp());
    else await this.#requeue(job, request, reporter);
  }

  /** Only the request was recorded; it is prepared once again. */
  async #requeue(job: UnfinishedJob, request: RenderRequestInput, reporter: JobReporter): Promise<void> {
    const { queue, renderer } = this.#options;
    try {
      queue.resume(specOf(job, await renderer.prepare(request)), reporter);
    } catch (thrown) {
      void this.#giveUp(job.id, reporter, toReverieError(thrown));
    }
  }

  async #deliver(id: string, reporter: JobReporter, result: StoredResult): Promise<void> {
    try {
      await reporter.deliverStored(result);
      this.#recordState(id, 'completed');
    } catch (thrown) {
      this.#recordState(id, 'failed', 'not-delivered');
      this.#options.log.error(
        { err: thrown, job: id },
        'a finished picture could not be delivered; /show still has it',
      );
    }
  }

  #giveUp(id: string, reporter: JobReporter, error: ReverieError): Promise<void> {
    this.#options.log.error(
      { job: id, code: error.code },
      'giving up on a job: its pictures are missing, it was interrupted too often, or it is refused now',
    );
    // If this process ends before the member is told, the next one tells them.
    this.#recordState(id, 'delivering', error.code);
    return this.#reportFailure(id, reporter, error, error.code);
  }

  /** @param code what is recorded as the reason */
  async #reportFailure(
    id: string,
    reporter: JobReporter,
    error: ReverieError,
    code: ErrorCode,
  ): Promise<void> {
    try {
      await reporter.fail(error);
    } catch (thrown) {
      this.#options.log.error({ err: thrown, job: id }, 'could not tell anyone that a job failed');
    }
    this.#recordState(id, endOf(code), code);
  }

  /** If the disk refuses, the other jobs go on. */
  #recordState(id: string, state: JobState, code?: ErrorCode): void {
    const { repository, log } = this.#options;
    try {
      repository.recordState(id, state, code);
    } catch (cause) {
      log.error({ err: cause, job: id, state }, 'a change of state could not be saved');
    }
  }
}

const isSame = (claim: Claim, other: Claim | undefined) =>
  other?.parent === claim.parent && other.action === claim.action;

function newJob(
  { prepared, ...command }: RenderCommand,
  { caller, settings }: Requester,
  claim: Claim | undefined,
  parent: JobRecord | undefined,
  message: MessageLocation | undefined,
): NewJob {
  return {
    ...command,
    plan: prepared.run.plan,
    id: randomUUID(),
    createdAt: new Date(),
    userId: caller.userId,
    guildId: caller.guildId,
    channelId: caller.channelId,
    locale: caller.locale,
    uploadLimit: caller.uploadLimit,
    // A picture made from an age-restricted one is age restricted too, in direct messages as well.
    ageRestricted: caller.ageRestricted || (parent?.ageRestricted ?? false),
    spoiler: command.spoiler || settings.spoilers,
    fromPicture: pictureOf(command.request) !== undefined,
    ...(claim ? { action: claim.action } : {}),
    ...(message ? { message } : {}),
  };
}

const givenUp = () => refusal('render-failed', 'given-up');

/** Codes whose sentence needs no details: those were lost with the last process. */
const WITHOUT_DETAILS: readonly ErrorCode[] = ['aborted', 'internal', 'timed-out'];

/** The error that the last process was about to report. */
function lastError({ code, attempts }: UnfinishedJob, maxAttempts: number): ReverieError {
  if (code === 'nothing-to-show') return refusal(code, 'gone');
  if (code === 'render-failed' && attempts >= maxAttempts) return givenUp();
  const known = WITHOUT_DETAILS.find((one) => one === code);
  return known ? new ReverieError(known, known) : refusal('render-failed', 'restarted');
}

const specOf = ({ id, guildId, userId }: JobRecord, prepared: PreparedRequest): JobSpec & { id: string } => ({
  id,
  lane: laneOf(guildId, userId),
  userId,
  prepared,
});
