import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';

interface Item {
  readonly flow: string;
  readonly cost: number;
}

/** Random arrivals between turns: for each turn taken, who comes before it. */
const loads = fc.array(
  fc.array(
    fc.record({ flow: fc.constantFrom('a', 'b', 'c', 'd', 'e'), cost: fc.integer({ min: 1, max: 20 }) }),
    {
      maxLength: 4,
    },
  ),
  { maxLength: 60 },
);

const inTurn = (items: readonly Item[]): string => {
  const turns = new FairQueue<Item>();
  for (const item of items) turns.insert(item, item);
  return turns.waiting.map(({ flow }) => flow).join('');
};
const jobs = (flow: string, ...costs: number[]): Item[] => costs.map((cost) => ({ flow, cost }));

describe('the fair queue', () => {
  it('alternates between two members with equal work, whoever came first', () => {
    expect(inTurn([...jobs('a', 1, 1, 1), ...jobs('b', 1, 1)])).toBe('ababa');
  });

  it('weighs jobs by cost: one large job counts as much as several small ones', () => {
    expect(inTurn([...jobs('a', 16, 16), ...jobs('b', 4, 4, 4, 4, 4)])).toBe('abbbbab');
  });

  it('removes a job as if it had never been inserted', () => {
    const turns = new FairQueue<Item>();
    const [large, ...rest] = [...jobs('a', 16, 4, 4), ...jobs('b', 4, 4)] as [Item, ...Item[]];
    for (const item of [large, ...rest]) turns.insert(item, item);
    turns.remove(large);
    const fresh = new FairQueue<Item>();
    for (const item of [...jobs('b', 4, 4), ...jobs('a', 4, 4)]) fresh.insert(item, item);
    expect(turns.waiting.map(({ flow }) => flow)).toEqual(fresh.waiting.map(({ flow }) => flow));
  });

  it('starves nobody: between two turns of a waiting member, others get at most their share', () => {
    fc.assert(
      fc.property(loads, (load) => {
        const turns = new FairQueue<Item>();
        const largest = 20;
        // Cost that each other member was given since this member began to wait for its next turn.
        const given = new Map<string, Map<string, number>>();
        const take = () => {
          const item = turns.take();
          if (!item) return;
          for (const [flow, others] of given)
            if (flow !== item.flow) others.set(item.flow, (others.get(item.flow) ?? 0) + item.cost);
          given.delete(item.flow);
          if (turns.waiting.some(({ flow }) => flow === item.flow)) given.set(item.flow, new Map());
          // Goyal, Vin and Cheng, theorem 1: two backlogged members differ by at most their two largest jobs.
          for (const others of given.values())
            for (const cost of others.values()) expect(cost).toBeLessThanOrEqual(2 * largest);
        };
        for (const arrivals of load) {
          for (const item of arrivals) {
            turns.insert(item, item);
            if (!given.has(item.flow)) given.set(item.flow, new Map());
          }
          take();
        }
        while (turns.waiting.length > 0) take();
      }),
      { numRuns: 300 },
    );
  });
});
