/**
 * Start-time fair queueing (Goyal, Vin and Cheng, "Start-time Fair Queueing", SIGCOMM 1996): each member's jobs stand one
 * after the other on a clock of cost, and whoever stands earliest is next. A member who comes late starts at the
 * clock's present, so nobody is owed anything for having been away, and nobody starves.
 */
export class Turns<T> {
  readonly #tags = new Map<T, { readonly start: number; readonly member: string }>();
  readonly #ends = new Map<string, number>();
  #now = 0;

  /** Puts an item where its turn is among those that wait, which are in order already. */
  insert(waiting: T[], item: T, { member, cost }: { readonly member: string; readonly cost: number }): void {
    const start = Math.max(this.#now, this.#ends.get(member) ?? 0);
    this.#tags.set(item, { start, member });
    this.#ends.set(member, start + cost);
    const later = waiting.findIndex((other) => (this.#tags.get(other)?.start ?? 0) > start);
    waiting.splice(later < 0 ? waiting.length : later, 0, item);
  }

  /** The item's turn has come. */
  started(item: T): void {
    this.#now = Math.max(this.#now, this.#tags.get(item)?.start ?? 0);
    this.#tags.delete(item);
  }
}
