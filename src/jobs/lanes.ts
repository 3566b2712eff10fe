import PQueue from 'p-queue';
import { FairQueue, renderingOrder, VirtualClock } from './fair-queue.js';

interface Lane<T> {
  readonly id: string;
  readonly queue: PQueue;
  /** Waiting items in rendering order: members take turns. */
  readonly items: FairQueue<T>;
}

/** A lane's turn in the pipeline's queue, and its start in virtual time. */
interface Turn<T> {
  readonly lane: Lane<T>;
  readonly start: number;
}

/** Whose an item is, and what it costs. */
interface LaneWork {
  readonly lane: string;
  readonly userId: string;
  readonly cost: number;
}

/**
 * Waiting items by lane. Each lane has a p-queue that adds the lane's next turn to the pipeline's p-queue as soon as its
 * previous item has started, with its start in virtual time as the priority: lanes take turns by the cost of their items,
 * however many items a lane has, and so do the members within a lane. A turn is not bound to an item: it takes the lane's
 * first waiting one when it comes up, so one that was removed costs its lane nothing.
 */
export class Lanes<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  readonly #clock = new VirtualClock();
  #turns: Turn<T>[] = [];
  #current: Lane<T> | undefined;

  /**
   * @param pipeline of concurrency 1
   * @param run is called when an item's turn has come; never rejects
   */
  constructor(
    private readonly pipeline: PQueue,
    private readonly workOf: (item: T) => LaneWork,
    private readonly run: (item: T) => Promise<void>,
  ) {}

  /** Number of lanes with items that wait or run. */
  get size(): number {
    return this.#lanes.size;
  }

  /** Waiting items in the order in which they will run. */
  get order(): readonly T[] {
    const added = new Set(this.#turns.map(({ lane }) => lane));
    const others = [...this.#lanes.values()].filter((lane) => !added.has(lane));
    const turns = [...this.#turns, ...others.map((lane) => ({ lane, start: this.#clock.start(lane.id) }))];
    return renderingOrder(
      turns.map(({ lane, start }) => ({ start, waiting: lane.items.waiting })),
      (item) => this.workOf(item).cost,
    );
  }

  insert(item: T): void {
    const { lane: id, userId, cost } = this.workOf(item);
    const lane = this.#lane(id);
    lane.items.insert(item, { flow: userId, cost });
    void lane.queue.add(() => this.#addTurn(lane));
  }

  /** Removes an item that waits. */
  remove(item: T): void {
    this.#lanes.get(this.workOf(item).lane)?.items.remove(item);
  }

  /** Removes all items that wait. */
  clear(): void {
    for (const lane of this.#lanes.values()) lane.items.clear();
  }

  #lane(id: string): Lane<T> {
    const known = this.#lanes.get(id);
    if (known) return known;
    const lane: Lane<T> = { id, queue: new PQueue({ concurrency: 1 }), items: new FairQueue() };
    lane.queue.on('idle', () => {
      this.#deleteIfIdle(lane);
    });
    this.#lanes.set(id, lane);
    return lane;
  }

  #deleteIfIdle(lane: Lane<T>): void {
    const { id, queue, items } = lane;
    const busy = queue.size + queue.pending + items.waiting.length > 0 || this.#current === lane;
    if (!busy && this.#lanes.get(id) === lane) this.#lanes.delete(id);
  }

  /** Resolves when the lane's turn has come, so that its next one can be added. */
  #addTurn(lane: Lane<T>): Promise<void> {
    return new Promise((started) => {
      const turn = { lane, start: this.#clock.start(lane.id) };
      this.#turns.push(turn);
      const run = () => {
        started();
        return this.#take(turn);
      };
      void this.pipeline.add(run, { priority: -turn.start });
    });
  }

  async #take(turn: Turn<T>): Promise<void> {
    this.#turns = this.#turns.filter((other) => other !== turn);
    const { lane, start } = turn;
    const item = lane.items.take();
    if (item === undefined) return;
    this.#current = lane;
    this.#clock.advance(start);
    this.#clock.book({ flow: lane.id, cost: this.workOf(item).cost }, start);
    await this.run(item);
    this.#current = undefined;
    if (this.order.length === 0) this.#clock.reset();
    this.#deleteIfIdle(lane);
  }
}
