/** Who asks and what it costs, in the same unit for everyone. */
export interface Claim {
  readonly taker: string;
  readonly cost: number;
}

/**
 * Start-time fair queueing (Goyal, Vin and Cheng, "Start-time Fair Queueing", SIGCOMM 1996): each taker's work stands
 * one piece after the other on a clock of cost, and whoever stands earliest is next. A taker who comes late starts at
 * the clock's present, so nobody is owed anything for having been away, and nobody starves.
 */
export class VirtualClock {
  readonly #ends = new Map<string, number>();
  #now = 0;

  /** Where a taker's next piece of work begins. */
  start(taker: string): number {
    return Math.max(this.#now, this.#ends.get(taker) ?? 0);
  }

  /** Sets work that begins at `start` aside; what the taker asks for next stands behind it. */
  book({ taker, cost }: Claim, start: number): void {
    this.#ends.set(taker, start + cost);
  }

  /** Takes back what was booked from `start` on. */
  unbook(taker: string, start: number): void {
    this.#ends.set(taker, start);
  }

  /** Work that began at `start` is being done. */
  advance(start: number): void {
    this.#now = Math.max(this.#now, start);
    for (const [taker, end] of this.#ends) if (end <= this.#now) this.#ends.delete(taker);
  }

  /** Nobody waits: what was done while nobody else asked is no one's debt. */
  rest(): void {
    this.#ends.clear();
  }
}

/** Things that wait, in the order of their takers' turns. */
export class FairQueue<T> {
  readonly #clock = new VirtualClock();
  readonly #places = new Map<T, Claim & { readonly start: number }>();
  readonly #waiting: T[] = [];

  get waiting(): readonly T[] {
    return this.#waiting;
  }

  insert(item: T, claim: Claim): void {
    const start = this.#clock.start(claim.taker);
    this.#clock.book(claim, start);
    this.#places.set(item, { ...claim, start });
    const later = this.#waiting.findIndex((other) => this.#places.get(other)!.start > start);
    this.#waiting.splice(later < 0 ? this.#waiting.length : later, 0, item);
  }

  /** Whose turn it is; it waits no more. */
  take(): T | undefined {
    const item = this.#waiting.shift();
    if (item !== undefined) {
      this.#clock.advance(this.#places.get(item)!.start);
      this.#places.delete(item);
    }
    return item;
  }

  /** Takes an item out as if it had never come: its taker's later items move up. */
  remove(item: T): void {
    const place = this.#places.get(item);
    if (!place) return;
    const { taker, start } = place;
    const behind = this.#waiting.slice(this.#waiting.indexOf(item) + 1);
    const moving = behind.filter((other) => this.#places.get(other)!.taker === taker);
    const claims = moving.map((other) => this.#places.get(other)!);
    for (const gone of [item, ...moving]) {
      this.#waiting.splice(this.#waiting.indexOf(gone), 1);
      this.#places.delete(gone);
    }
    this.#clock.unbook(taker, start);
    moving.forEach((other, index) => {
      this.insert(other, claims[index]!);
    });
  }

  clear(): void {
    this.#waiting.length = 0;
    this.#places.clear();
    this.#clock.rest();
  }
}

/** A lane as the order sees it: where its next job begins on the clock of cost, and what it has waiting. */
export interface LaneInLine<T> {
  readonly start: number;
  readonly waiting: readonly T[];
}

/**
 * The order in which waiting jobs will render: the lane that stands earliest goes next and moves back by what its job
 * costs. Of lanes that stand level, the one that came first.
 */
export function renderingOrder<T>(line: readonly LaneInLine<T>[], costOf: (item: T) => number): readonly T[] {
  const order: T[] = [];
  const standing = line.filter(({ waiting }) => waiting.length > 0).map((lane) => ({ ...lane, taken: 0 }));
  while (standing.length > 0) {
    const earliest = standing.reduce((best, lane) => (lane.start < best.start ? lane : best));
    standing.splice(standing.indexOf(earliest), 1);
    const item = earliest.waiting[earliest.taken++]!;
    order.push(item);
    earliest.start += costOf(item);
    if (earliest.taken < earliest.waiting.length) standing.push(earliest);
  }
  return order;
}
