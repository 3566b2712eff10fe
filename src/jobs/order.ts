/** A lane as the order sees it: what it has waiting, first come first served. */
export interface WaitingLane<T> {
  readonly waiting: readonly T[];
}

/**
 * The order in which waiting jobs will render: lanes that already stand in line, then the others, one job each
 * and round again.
 */
export function renderingOrder<T>(
  inLine: readonly WaitingLane<T>[],
  lanes: Iterable<WaitingLane<T>>,
): readonly T[] {
  const order: T[] = [];
  const taken = new Map<WaitingLane<T>, number>();
  const ring = [...new Set([...inLine, ...lanes])];
  for (let lane = ring.shift(); lane; lane = ring.shift()) {
    const index = taken.get(lane) ?? 0;
    if (index >= lane.waiting.length) continue;
    order.push(lane.waiting[index]!);
    taken.set(lane, index + 1);
    ring.push(lane);
  }
  return order;
}
