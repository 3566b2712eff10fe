import { randomUUID } from 'node:crypto';
import PQueue from 'p-queue';
import type { Logger } from 'pino';
import { ReverieError, toReverieError, type ErrorCode } from '../errors.js';
import type { Renderer, RenderResult } from '../pipeline/renderer.js';
import { FairQueue, renderingOrder, VirtualClock } from './fair-queue.js';
import { endOf, type Job, type JobJournal, type JobObserver, type JobSpec, type JobState } from './job.js';

export interface JobQueueOptions {
  readonly renderer: Pick<Renderer, 'render'>;
  readonly log: Logger;
  /** Every change of state is recorded here first. With a journal, a drained queue leaves its jobs to the next process. */
  readonly journal?: JobJournal;
  /** Open jobs that a lane (a guild) may have. */
  readonly maxPerLane?: number;
  /** Open jobs that a member may have. */
  readonly maxPerUser?: number;
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
}

const DRAINING = 'draining';

const restarting = () =>
  new ReverieError('aborted', 'I’m restarting. Please try again in a moment.', {
    details: { reason: DRAINING },
  });

interface Lane {
  readonly id: string;
  readonly queue: PQueue;
  /** Waiting jobs in rendering order: members take turns. */
  readonly jobs: FairQueue<Entry>;
}

/** A lane's turn in the pipeline's queue, and its start in virtual time. */
interface Turn {
  readonly lane: Lane;
  readonly start: number;
}

const cancelled = () => new ReverieError('aborted', 'That picture was cancelled.');

/**
 * Renders one job at a time. Each lane has a p-queue that adds the lane's next turn to the pipeline's p-queue as soon as
 * its previous job has started, with its start in virtual time as the priority: lanes take turns by the cost of their
 * jobs, however many jobs a lane has, and so do the members within a lane. A turn is not bound to a job: it takes the
 * lane's first waiting job when it comes up, so a cancelled job costs its lane nothing.
 */
export class JobQueue {
  readonly #options: JobQueueOptions;
  readonly #pipeline = new PQueue({ concurrency: 1 });
  readonly #lanes = new Map<string, Lane>();
  readonly #entries = new Map<string, Entry>();
  readonly #clock = new VirtualClock();
  #turns: Turn[] = [];
  #running: Entry | undefined;
  #draining = false;

  constructor(options: JobQueueOptions) {
    this.#options = options;
  }

  /** Throws `queue-full` if the lane or the member has too many open jobs. */
  submit(spec: JobSpec, observer: JobObserver = {}): JobHandle {
    this.checkRoom(spec);
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
    const lane = this.#lane(spec.lane);
    lane.jobs.insert(entry, { flow: spec.userId, cost: spec.prepared.run.plan.cost });
    void lane.queue.add(() => this.#addTurn(lane));
    this.#notifyPositions();
    return { job: entry.job, settled: entry.settled, cancel: () => this.cancel(entry.job.id) };
  }

  get(id: string): Job | undefined {
    return this.#entries.get(id)?.job;
  }

  /** 0 while the job renders, 1 when it is next, undefined once it is over. */
  position(id: string): number | undefined {
    if (this.#running?.job.id === id) return 0;
    const index = this.#order().findIndex((entry) => entry.job.id === id);
    return index < 0 ? undefined : index + 1;
  }

  /** False if there is nothing to cancel (any more). */
  cancel(id: string, reason: ReverieError = cancelled()): boolean {
    const entry = this.#entries.get(id);
    if (!entry || entry.controller.signal.aborted) return false;
    if (entry.job.state !== 'queued' && entry.job.state !== 'running') return false;
    entry.controller.abort(reason);
    if (entry.job.state === 'queued') {
      this.#lanes.get(entry.job.lane)?.jobs.remove(entry);
      void this.#fail(entry, reason);
      this.#notifyPositions();
    }
    return true;
  }

  snapshot(): QueueSnapshot {
    return { running: this.#running?.job, waiting: this.#order().map((entry) => entry.job) };
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
      for (const lane of this.#lanes.values()) lane.jobs.clear();
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
    if (this.#draining)
      throw new ReverieError('queue-full', restarting().sentence, { details: { reason: DRAINING } });
    const { maxPerLane = 20, maxPerUser = 5 } = this.#options;
    const open = [...this.#entries.values()]
      .filter(
        ({ job, controller }) =>
          !controller.signal.aborted && (job.state === 'queued' || job.state === 'running'),
      )
      .map(({ job }) => job);
    const taken = [...open, ...reserved];
    const mine = taken.filter(({ userId }) => userId === spec.userId).length;
    if (mine >= maxPerUser)
      throw new ReverieError(
        'queue-full',
        `You already have ${mine} pictures in the queue. Please try again when one has finished.`,
        { details: { reason: 'user', count: mine } },
      );
    const here = taken.filter(({ lane }) => lane === spec.lane).length;
    if (here >= maxPerLane)
      throw new ReverieError(
        'queue-full',
        `There are already ${here} pictures waiting here. Please try again when one has finished.`,
        { details: { reason: 'guild', count: here } },
      );
  }

  #lane(id: string): Lane {
    const known = this.#lanes.get(id);
    if (known) return known;
    const lane: Lane = { id, queue: new PQueue({ concurrency: 1 }), jobs: new FairQueue() };
    lane.queue.on('idle', () => {
      this.#deleteIfIdle(lane);
    });
    this.#lanes.set(id, lane);
    return lane;
  }

  #deleteIfIdle(lane: Lane): void {
    const { id, queue, jobs } = lane;
    const busy = queue.size + queue.pending + jobs.waiting.length > 0 || this.#running?.job.lane === id;
    if (!busy && this.#lanes.get(id) === lane) this.#lanes.delete(id);
  }

  #order(): readonly Entry[] {
    const added = new Set(this.#turns.map(({ lane }) => lane));
    const others = [...this.#lanes.values()].filter((lane) => !added.has(lane));
    const turns = [...this.#turns, ...others.map((lane) => ({ lane, start: this.#clock.start(lane.id) }))];
    return renderingOrder(
      turns.map(({ lane, start }) => ({ start, waiting: lane.jobs.waiting })),
      ({ job }) => job.prepared.run.plan.cost,
    );
  }

  #notifyPositions(): void {
    this.#order().forEach((entry, index) => {
      if (entry.position === index + 1) return;
      entry.position = index + 1;
      this.#notify(entry, () => entry.observer.onPosition?.(entry.job, index + 1));
    });
  }

  /** Resolves when the lane's turn has come, so that its next one can be added. */
  #addTurn(lane: Lane): Promise<void> {
    return new Promise((started) => {
      const turn = { lane, start: this.#clock.start(lane.id) };
      this.#turns.push(turn);
      const run = () => {
        started();
        return this.#runTurn(turn);
      };
      void this.#pipeline.add(run, { priority: -turn.start });
    });
  }

  /** Never rejects: an error ends its own job only. */
  async #runTurn(turn: Turn): Promise<void> {
    this.#turns = this.#turns.filter((other) => other !== turn);
    const { lane, start } = turn;
    // Jobs that a starting bot resumes while it is being stopped are left to the next process.
    const entry = this.#draining ? undefined : lane.jobs.take();
    if (!entry) return;
    this.#running = entry;
    this.#clock.advance(start);
    this.#clock.book({ flow: lane.id, cost: entry.job.prepared.run.plan.cost }, start);
    try {
      this.#setState(entry, 'running');
      entry.job.startedAt = new Date();
      this.#notify(entry, () => entry.observer.onStart?.(entry.job));
      this.#notifyPositions();
      const result = await this.#render(entry);
      void this.#deliver(entry, result);
    } catch (thrown) {
      const { signal } = entry.controller;
      void this.#fail(entry, toReverieError(signal.aborted ? signal.reason : thrown));
    } finally {
      this.#running = undefined;
      if (this.#order().length === 0) this.#clock.reset();
      this.#deleteIfIdle(lane);
    }
  }

  async #render(entry: Entry): Promise<RenderResult> {
    const { timeLimitSeconds = 1800, renderer, log } = this.#options;
    const { signal } = entry.controller;
    const watchdog = setTimeout(() => {
      entry.controller.abort(new ReverieError('timed-out', 'That picture took too long, so I stopped.'));
    }, timeLimitSeconds * 1000);
    try {
      const result = await renderer.render(entry.job.prepared, {
        signal,
        onFrame: (frame) => {
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
