/** One job of a flow: a guild's lane or a member. All costs have the same unit. */
export interface Work {
  readonly flow: string;
  readonly cost: number;
}

/**
 * The virtual time of start-time fair queueing (Goyal, Vin and Cheng, "Start-time Fair Queueing", SIGCOMM 1996). The jobs
 * of a flow follow each other in virtual time, each as long as its cost, and the job with the earliest start is next. A
 * flow that comes late starts at the present virtual time, so absence earns no credit and no flow starves.
 */
export class VirtualClock {
  readonly #finishTimes = new Map<string, number>();
  #now = 0;

  /** The virtual time at which the flow's next job starts. */
  start(flow: string): number {
    return Math.max(this.#now, this.#finishTimes.get(flow) ?? 0);
  }

  /** Reserves the time of a job that starts at `start`. The flow's next job starts after it. */
  book({ flow, cost }: Work, start: number): void {
    this.#finishTimes.set(flow, start + cost);
  }

  /** Takes back what the flow has booked from `start` on. */
  unbook(flow: string, start: number): void {
    this.#finishTimes.set(flow, start);
  }

  /** Sets the present to the start of the job that is being done. */
  advance(start: number): void {
    this.#now = Math.max(this.#now, start);
    for (const [flow, finish] of this.#finishTimes) if (finish <= this.#now) this.#finishTimes.delete(flow);
  }

  /** Forgets all bookings, when no flow waits: work done while no other flow was waiting is not held against it. */
  reset(): void {
    this.#finishTimes.clear();
  }
}

/** Waiting items in the order in which their flows take turns. */
export class FairQueue<T> {
  readonly #clock = new VirtualClock();
  readonly #bookings = new Map<T, Work & { readonly start: number }>();
  readonly #waiting: T[] = [];

  get waiting(): readonly T[] {
    return this.#waiting;
  }

  insert(item: T, work: Work): void {
    const start = this.#clock.start(work.flow);
    this.#clock.book(work, start);
    this.#bookings.set(item, { ...work, start });
    const later = this.#waiting.findIndex((other) => this.#bookings.get(other)!.start > start);
    this.#waiting.splice(later < 0 ? this.#waiting.length : later, 0, item);
  }

  /** Removes and returns the next item. */
  take(): T | undefined {
    const item = this.#waiting.shift();
    if (item !== undefined) {
      this.#clock.advance(this.#bookings.get(item)!.start);
      this.#bookings.delete(item);
    }
    return item;
  }

  /** Removes an item as if it had never been inserted: later items of its flow move up. */
  remove(item: T): void {
    const booking = this.#bookings.get(item);
    if (!booking) return;
    const { flow, start } = booking;
    const behind = this.#waiting.slice(this.#waiting.indexOf(item) + 1);
    const moving = behind.filter((other) => this.#bookings.get(other)!.flow === flow);
    const works = moving.map((other) => this.#bookings.get(other)!);
    for (const removed of [item, ...moving]) {
      this.#waiting.splice(this.#waiting.indexOf(removed), 1);
      this.#bookings.delete(removed);
    }
    this.#clock.unbook(flow, start);
    moving.forEach((other, index) => {
      this.insert(other, works[index]!);
    });
  }

  clear(): void {
    this.#waiting.length = 0;
    this.#bookings.clear();
    this.#clock.reset();
  }
}

/** A lane with the virtual time at which its next job starts, and its waiting jobs. */
export interface LaneOrder<T> {
  readonly start: number;
  readonly waiting: readonly T[];
}

/**
 * The order in which waiting jobs will render: the lane with the earliest start is next, and its start moves back by the
 * cost of that job. Of lanes with the same start, the first in the list is next.
 */
export function renderingOrder<T>(lanes: readonly LaneOrder<T>[], costOf: (item: T) => number): readonly T[] {
  const order: T[] = [];
  const left = lanes.filter(({ waiting }) => waiting.length > 0).map((lane) => ({ ...lane, taken: 0 }));
  while (left.length > 0) {
    const earliest = left.reduce((best, lane) => (lane.start < best.start ? lane : best));
    left.splice(left.indexOf(earliest), 1);
    const item = earliest.waiting[earliest.taken++]!;
    order.push(item);
    earliest.start += costOf(item);
    if (earliest.taken < earliest.waiting.length) left.push(earliest);
  }
  return order;
}
