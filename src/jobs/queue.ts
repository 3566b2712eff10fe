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
  /** Where every change of state is written first. With one, a drained queue leaves its jobs to the next process. */
  readonly journal?: JobJournal;
  /** Jobs a lane (a guild) may have waiting and running. */
  readonly maxPerLane?: number;
  /** Jobs a person may have waiting and running. */
  readonly maxPerUser?: number;
  /** A job that runs longer is stopped. */
  readonly timeLimitSeconds?: number;
}

export interface JobHandle {
  readonly job: Job;
  /** Resolves, never rejects, once the job is over and its observer has been told. */
  readonly settled: Promise<void>;
  cancel(): boolean;
}

export interface QueueSnapshot {
  readonly running: Job | undefined;
  /** In true rendering order. */
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
  /** What waits, in the order in which it will render: members take turns. */
  readonly turns: FairQueue<Entry>;
}

/** A lane whose next job stands in the pipeline's queue, and where on the clock of cost. */
interface Standing {
  readonly lane: Lane;
  readonly start: number;
}

const cancelled = () => new ReverieError('aborted', 'That picture was cancelled.');

/**
 * One p-queue per lane lets its next job into the pipeline's own p-queue as soon as the last one has begun, at the
 * priority of its place on the clock of cost: lanes take turns by what their jobs cost, however many one of them has,
 * and within a lane so do its members. What stands in a queue is a turn, not a job: a turn takes the lane's first
 * waiting job when it comes up, so a cancelled job costs its lane nothing.
 */
export class JobQueue {
  readonly #options: JobQueueOptions;
  readonly #pipeline = new PQueue({ concurrency: 1 });
  readonly #lanes = new Map<string, Lane>();
  readonly #entries = new Map<string, Entry>();
  readonly #clock = new VirtualClock();
  #inLine: Standing[] = [];
  #running: Entry | undefined;
  #draining = false;

  constructor(options: JobQueueOptions) {
    this.#options = options;
  }

  /** Throws `queue-full` when the lane or the person has enough waiting. */
  submit(spec: JobSpec, observer: JobObserver = {}): JobHandle {
    this.checkRoom(spec);
    return this.resume(spec, observer);
  }

  /** Takes a job that was let in before, whatever the limits say now. */
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
    lane.turns.insert(entry, { flow: spec.userId, cost: spec.plan.cost });
    void lane.queue.add(() => this.#standInLine(lane));
    this.#tellPositions();
    return { job: entry.job, settled: entry.settled, cancel: () => this.cancel(entry.job.id) };
  }

  get(id: string): Job | undefined {
    return this.#entries.get(id)?.job;
  }

  /** 0 while the job renders, 1 when it is next; nothing once it is over. */
  position(id: string): number | undefined {
    if (this.#running?.job.id === id) return 0;
    const index = this.#order().findIndex((entry) => entry.job.id === id);
    return index < 0 ? undefined : index + 1;
  }

  /** False when there is nothing left to cancel. */
  cancel(id: string, reason: ReverieError = cancelled()): boolean {
    const entry = this.#entries.get(id);
    if (!entry || entry.controller.signal.aborted) return false;
    if (entry.job.state !== 'queued' && entry.job.state !== 'running') return false;
    entry.controller.abort(reason);
    if (entry.job.state === 'queued') {
      this.#lanes.get(entry.job.lane)?.turns.remove(entry);
      void this.#fail(entry, reason);
      this.#tellPositions();
    }
    return true;
  }

  snapshot(): QueueSnapshot {
    return { running: this.#running?.job, waiting: this.#order().map((entry) => entry.job) };
  }

  /** What renders, then what waits. */
  get open(): readonly Job[] {
    const { running, waiting } = this.snapshot();
    return running ? [running, ...waiting] : waiting;
  }

  /** Lanes that have anything to do, for metrics and tests. */
  get lanes(): number {
    return this.#lanes.size;
  }

  /** Takes no more jobs, stops what waits and what runs, and waits until every observer has been told. */
  async drain(): Promise<void> {
    this.#draining = true;
    const pending = [...this.#entries.values()];
    if (this.#options.journal) {
      // What waits is written down; what renders stops at its next step; what is being delivered may end.
      for (const lane of this.#lanes.values()) lane.turns.clear();
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
   * Throws `queue-full` when there is no place left for this person in this lane.
   * @param reserved places that are held for requests on their way
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
    const lane: Lane = { id, queue: new PQueue({ concurrency: 1 }), turns: new FairQueue() };
    lane.queue.on('idle', () => {
      this.#forget(lane);
    });
    this.#lanes.set(id, lane);
    return lane;
  }

  #forget(lane: Lane): void {
    const { id, queue, turns } = lane;
    const busy = queue.size + queue.pending + turns.waiting.length > 0 || this.#running?.job.lane === id;
    if (!busy && this.#lanes.get(id) === lane) this.#lanes.delete(id);
  }

  #order(): readonly Entry[] {
    const standing = new Set(this.#inLine.map(({ lane }) => lane));
    const coming = [...this.#lanes.values()].filter((lane) => !standing.has(lane));
    const line = [...this.#inLine, ...coming.map((lane) => ({ lane, start: this.#clock.start(lane.id) }))];
    return renderingOrder(
      line.map(({ lane, start }) => ({ start, waiting: lane.turns.waiting })),
      ({ job }) => job.plan.cost,
    );
  }

  #tellPositions(): void {
    this.#order().forEach((entry, index) => {
      if (entry.position === index + 1) return;
      entry.position = index + 1;
      this.#tell(entry, () => entry.observer.onPosition?.(entry.job, index + 1));
    });
  }

  /** Resolves when the lane's turn has come and its next one may stand in line. */
  #standInLine(lane: Lane): Promise<void> {
    return new Promise((begun) => {
      const standing = { lane, start: this.#clock.start(lane.id) };
      this.#inLine.push(standing);
      const turn = () => {
        begun();
        return this.#turn(standing);
      };
      void this.#pipeline.add(turn, { priority: -standing.start });
    });
  }

  /** Never rejects: what goes wrong ends this job alone. */
  async #turn(standing: Standing): Promise<void> {
    this.#inLine = this.#inLine.filter((other) => other !== standing);
    const { lane, start } = standing;
    // What is taken up while everything stops, by a bot that was just starting, is left to the next process as well.
    const entry = this.#draining ? undefined : lane.turns.take();
    if (!entry) return;
    this.#running = entry;
    this.#clock.advance(start);
    this.#clock.book({ flow: lane.id, cost: entry.job.plan.cost }, start);
    try {
      this.#move(entry, 'running');
      entry.job.startedAt = new Date();
      this.#tell(entry, () => entry.observer.onStart?.(entry.job));
      this.#tellPositions();
      const result = await this.#render(entry);
      void this.#deliver(entry, result);
    } catch (thrown) {
      const { signal } = entry.controller;
      void this.#fail(entry, toReverieError(signal.aborted ? signal.reason : thrown));
    } finally {
      this.#running = undefined;
      if (this.#order().length === 0) this.#clock.reset();
      this.#forget(lane);
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
          if (!signal.aborted) this.#tell(entry, () => entry.observer.onFrame?.(entry.job, frame));
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
      this.#move(entry, 'delivering');
      await entry.observer.onDone?.(entry.job, result);
      this.#move(entry, 'completed');
    } catch (cause) {
      this.#move(entry, 'failed', 'not-delivered');
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
    // A cancelled job may still be ending its step when the queue is drained: it stays cancelled.
    if (journal && error.details.reason === DRAINING) {
      this.#move(entry, 'queued');
      await this.#suspend(entry);
      this.#close(entry);
      return;
    }
    // Like a picture on its way: if this process dies before the person is told, the next one tells.
    this.#move(entry, 'delivering', error.code);
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
      this.#move(entry, endOf(error.code), error.code);
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

  /** Written first; a disk that refuses stops no picture. */
  #move(entry: Entry, state: JobState, code?: ErrorCode): void {
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

  #tell(entry: Entry, call: () => void): void {
    try {
      call();
    } catch (cause) {
      this.#options.log.error({ err: cause, job: entry.job.id }, 'an observer threw');
    }
  }
}
