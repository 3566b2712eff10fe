import { randomUUID } from 'node:crypto';
import PQueue from 'p-queue';
import type { Logger } from 'pino';
import { refusal, ReverieError, toReverieError, type ErrorCode } from '../errors.js';
import type { Checkpoint, Renderer, RenderResult } from '../pipeline/renderer.js';
import {
  endOf,
  isBackground,
  type Job,
  type JobJournal,
  type JobObserver,
  type JobSpec,
  type JobState,
} from './job.js';
import { Lanes } from './lanes.js';
import { checkLimits, type RoomLimits } from './room.js';

export interface JobQueueOptions extends RoomLimits {
  readonly renderer: Pick<Renderer, 'render'>;
  readonly log: Logger;
  /** Every change of state is recorded here first. With a journal, a drained queue leaves its jobs to the next process. */
  readonly journal?: JobJournal;
  /** A job that renders for longer is stopped. */
  readonly timeLimitSeconds?: number;
}

export interface JobHandle {
  readonly job: Job;
  /** Resolves, and never rejects, once the job is over and its observer has been called. */
  readonly settled: Promise<void>;
  cancel(): boolean;
}

export interface QueueSnapshot {
  readonly running: Job | undefined;
  /** In rendering order. */
  readonly waiting: readonly Job[];
}

interface Entry {
  readonly job: Job & { state: JobState; startedAt?: Date };
  readonly observer: JobObserver;
  readonly controller: AbortController;
  readonly settled: Promise<void>;
  readonly resolve: () => void;
  position: number;
  /** Where a background job goes on. */
  checkpoint?: Checkpoint;
}

const DRAINING = 'draining';

const restarting = () =>
  new ReverieError('aborted', 'I’m restarting. Please try again in a moment.', {
    details: { reason: DRAINING },
  });

/** Behind every lane's turn. */
const BACKGROUND_PRIORITY = -Number.MAX_VALUE;

const cancelled = () => new ReverieError('aborted', 'That picture was cancelled.');

/**
 * Renders one job at a time: those of the lanes in their fair order.
 *
 * Background jobs render in the order in which they came, while no other job waits. When one arrives, the background job
 * stops at its next step. It goes on from there later.
 */
export class JobQueue {
  readonly #options: JobQueueOptions;
  readonly #pipeline = new PQueue({ concurrency: 1 });
  readonly #entries = new Map<string, Entry>();
  readonly #lanes = new Lanes<Entry>(
    this.#pipeline,
    ({ job: { lane, userId, prepared } }) => ({ lane, userId, cost: prepared.run.plan.cost }),
    (entry) => this.#run(entry, entry.controller.signal),
  );
  /** Waiting background jobs. */
  #background: Entry[] = [];
  #running: Entry | undefined;
  /** Stops the background job that is rendering, so that another job can. */
  #makeWay: AbortController | undefined;
  #draining = false;

  constructor(options: JobQueueOptions) {
    this.#options = options;
  }

  /** Throws `queue-full` if the lane or the member has too many open jobs, or the lane another background job. */
  submit(spec: JobSpec, observer: JobObserver = {}): JobHandle {
    this.#throwIfDraining();
    if (!isBackground(spec)) this.checkRoom(spec);
    else if (this.#accepted().some((job) => isBackground(job) && job.lane === spec.lane))
      throw refusal('queue-full', 'teaching');
    return this.resume(spec, observer);
  }

  /** Queues a job that was accepted by an earlier process, whatever the limits are now. */
  resume(spec: JobSpec, observer: JobObserver = {}): JobHandle {
    let resolve!: () => void;
    const settled = new Promise<void>((done) => {
      resolve = done;
    });
    const entry: Entry = {
      job: { ...spec, id: spec.id ?? randomUUID(), state: 'queued', createdAt: new Date() },
      observer,
      controller: new AbortController(),
      settled,
      resolve,
      position: 0,
    };
    this.#entries.set(entry.job.id, entry);
    if (isBackground(spec)) {
      this.#background.push(entry);
      this.#addBackgroundTurn();
    } else {
      this.#lanes.insert(entry);
      this.#interruptBackground();
    }
    this.#notifyPositions();
    return { job: entry.job, settled: entry.settled, cancel: () => this.cancel(entry.job.id) };
  }

  get(id: string): Job | undefined {
    return this.#entries.get(id)?.job;
  }

  /** 0 while the job renders, 1 when it is next, undefined once it is over. */
  position(id: string): number | undefined {
    if (this.#running?.job.id === id) return 0;
    const index = this.#waiting().findIndex((entry) => entry.job.id === id);
    return index < 0 ? undefined : index + 1;
  }

  /** False if there is nothing to cancel (any more). */
  cancel(id: string, reason: ReverieError = cancelled()): boolean {
    const entry = this.#entries.get(id);
    if (!entry || entry.controller.signal.aborted) return false;
    if (entry.job.state !== 'queued' && entry.job.state !== 'running') return false;
    entry.controller.abort(reason);
    if (entry.job.state === 'queued') {
      if (isBackground(entry.job)) this.#background = this.#background.filter((other) => other !== entry);
      else this.#lanes.remove(entry);
      void this.#fail(entry, reason);
      this.#notifyPositions();
    }
    return true;
  }

  snapshot(): QueueSnapshot {
    return { running: this.#running?.job, waiting: this.#waiting().map((entry) => entry.job) };
  }

  /** The rendering job and the waiting ones, in rendering order. */
  get open(): readonly Job[] {
    const { running, waiting } = this.snapshot();
    return running ? [running, ...waiting] : waiting;
  }

  /** Number of lanes with open jobs. */
  get lanes(): number {
    return this.#lanes.size;
  }

  /** Accepts no more jobs, stops the open ones, and resolves when every observer has been called. */
  async drain(): Promise<void> {
    this.#draining = true;
    const pending = [...this.#entries.values()];
    if (this.#options.journal) {
      // Waiting jobs are recorded already. The rendering one stops at its next step. Deliveries are completed.
      this.#lanes.clear();
      this.#background = [];
      this.#running?.controller.abort(restarting());
      await Promise.all(
        pending.map((entry) => (entry.job.state === 'queued' ? this.#suspend(entry) : entry.settled)),
      );
    } else {
      for (const entry of pending) this.cancel(entry.job.id, restarting());
      await Promise.all(pending.map((entry) => entry.settled));
    }
    await this.#pipeline.onIdle();
  }

  /**
   * Throws `queue-full` if the lane or the member has too many open jobs.
   * @param reserved room that is held for pending requests
   */
  checkRoom(
    spec: Pick<JobSpec, 'lane' | 'userId'>,
    reserved: readonly Pick<JobSpec, 'lane' | 'userId'>[] = [],
  ): void {
    this.#throwIfDraining();
    checkLimits(spec, [...this.#accepted().filter((job) => !isBackground(job)), ...reserved], this.#options);
  }

  #throwIfDraining(): void {
    if (this.#draining)
      throw new ReverieError('queue-full', restarting().sentence, { details: { reason: DRAINING } });
  }

  /** Jobs that wait or render, and were not cancelled. */
  #accepted(): readonly Job[] {
    return [...this.#entries.values()]
      .filter(
        ({ job, controller }) =>
          !controller.signal.aborted && (job.state === 'queued' || job.state === 'running'),
      )
      .map(({ job }) => job);
  }

  #waiting(): readonly Entry[] {
    return [...this.#lanes.order, ...this.#background];
  }

  #notifyPositions(): void {
    this.#waiting().forEach((entry, index) => {
      if (entry.position === index + 1) return;
      entry.position = index + 1;
      this.#notify(entry, () => entry.observer.onPosition?.(entry.job, index + 1));
    });
  }

  #addBackgroundTurn(): void {
    void this.#pipeline.add(() => this.#runBackground(), { priority: BACKGROUND_PRIORITY });
  }

  async #runBackground(): Promise<void> {
    const entry = this.#background.shift();
    if (!entry) return;
    this.#makeWay = new AbortController();
    await this.#run(entry, AbortSignal.any([entry.controller.signal, this.#makeWay.signal]));
    this.#makeWay = undefined;
  }

  /** The background job that is rendering waits from now on, before the other ones. */
  #interruptBackground(): void {
    const entry = this.#running;
    if (!entry || !this.#makeWay || entry.controller.signal.aborted) return;
    this.#makeWay.abort();
    this.#running = undefined;
    this.#setState(entry, 'queued');
    delete entry.job.startedAt;
    entry.position = 0;
    this.#background.unshift(entry);
    this.#addBackgroundTurn();
  }

  /** Never rejects: an error ends its own job only. A job that was interrupted waits already. */
  async #run(entry: Entry, signal: AbortSignal): Promise<void> {
    // Jobs that a starting bot resumes while it is being stopped are left to the next process.
    if (this.#draining) return;
    this.#running = entry;
    const isRunning = () => this.#running === entry;
    try {
      this.#setState(entry, 'running');
      const before = entry.checkpoint?.steps.at(-1)?.seconds ?? 0;
      entry.job.startedAt = new Date(Date.now() - 1000 * before);
      this.#notify(entry, () => entry.observer.onStart?.(entry.job));
      this.#notifyPositions();
      const result = await this.#render(entry, signal);
      if (isRunning()) void this.#deliver(entry, result);
    } catch (thrown) {
      const { signal: stopped } = entry.controller;
      if (isRunning()) void this.#fail(entry, toReverieError(stopped.aborted ? stopped.reason : thrown));
    } finally {
      if (isRunning()) this.#running = undefined;
    }
  }

  async #render(entry: Entry, signal: AbortSignal): Promise<RenderResult> {
    const { timeLimitSeconds = 1800, renderer, log } = this.#options;
    const { checkpoint } = entry;
    const watchdog = setTimeout(() => {
      entry.controller.abort(new ReverieError('timed-out', 'That picture took too long, so I stopped.'));
    }, timeLimitSeconds * 1000);
    try {
      const result = await renderer.render(entry.job.prepared, {
        signal,
        ...(checkpoint ? { checkpoint } : {}),
        onFrame: (frame) => {
          if (frame.checkpoint) entry.checkpoint = frame.checkpoint;
          if (!signal.aborted) this.#notify(entry, () => entry.observer.onFrame?.(entry.job, frame));
        },
        onWarning: (sentence) => {
          log.warn({ job: entry.job.id }, sentence);
        },
      });
      signal.throwIfAborted();
      return result;
    } finally {
      clearTimeout(watchdog);
    }
  }

  async #deliver(entry: Entry, result: RenderResult): Promise<void> {
    try {
      this.#setState(entry, 'delivering');
      await entry.observer.onDone?.(entry.job, result);
      this.#setState(entry, 'completed');
    } catch (cause) {
      this.#setState(entry, 'failed', 'not-delivered');
      const { log } = this.#options;
      log.error(
        { err: cause, job: entry.job.id },
        'a finished picture could not be delivered; /show still has it',
      );
    } finally {
      this.#close(entry);
    }
  }

  async #fail(entry: Entry, error: ReverieError): Promise<void> {
    const { log, journal } = this.#options;
    // Only a job that was stopped by draining goes back: one that was cancelled before that stays cancelled.
    if (journal && error.details.reason === DRAINING) {
      this.#setState(entry, 'queued');
      await this.#suspend(entry);
      this.#close(entry);
      return;
    }
    // As for a result: if this process ends before the member is told, the next one tells them.
    this.#setState(entry, 'delivering', error.code);
    if (error.code === 'internal' || error.code === 'render-failed')
      log.error({ err: error, job: entry.job.id }, 'a job failed');
    else
      log.info(
        { code: error.code, sentence: error.sentence, job: entry.job.id },
        'a job ended without a picture',
      );
    try {
      await entry.observer.onFailed?.(entry.job, error);
    } catch (cause) {
      log.error({ err: cause, job: entry.job.id }, 'could not tell anyone that a job failed');
    } finally {
      this.#setState(entry, endOf(error.code), error.code);
      this.#close(entry);
    }
  }

  async #suspend({ job, observer }: Entry): Promise<void> {
    try {
      await observer.onSuspended?.(job);
    } catch (cause) {
      this.#options.log.error({ err: cause, job: job.id }, 'an observer threw');
    }
  }

  /** Recorded before observers are called. If the disk refuses, the job goes on. */
  #setState(entry: Entry, state: JobState, code?: ErrorCode): void {
    entry.job.state = state;
    const { journal, log } = this.#options;
    try {
      journal?.recordState(entry.job.id, state, code);
    } catch (cause) {
      log.error({ err: cause, job: entry.job.id, state }, 'a change of state could not be saved');
    }
  }

  #close(entry: Entry): void {
    this.#entries.delete(entry.job.id);
    entry.resolve();
  }

  #notify(entry: Entry, call: () => void): void {
    try {
      call();
    } catch (cause) {
      this.#options.log.error({ err: cause, job: entry.job.id }, 'an observer threw');
    }
  }
}
