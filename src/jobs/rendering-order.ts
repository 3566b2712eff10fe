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
