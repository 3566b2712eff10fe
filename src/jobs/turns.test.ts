import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';

interface Item {
  readonly member: string;
  readonly cost: number;
}

/** Random arrivals between turns: for each turn taken, who comes before it. */
const loads = fc.array(
  fc.array(
    fc.record({ member: fc.constantFrom('a', 'b', 'c', 'd', 'e'), cost: fc.integer({ min: 1, max: 20 }) }),
    {
      maxLength: 4,
    },
  ),
  { maxLength: 60 },
);

describe('turns', () => {
  it('gives two members with the same work every other turn, whoever came first', () => {
    const turns = new Turns<Item>();
    const waiting: Item[] = [];
    for (const member of ['a', 'a', 'a', 'b', 'b'])
      turns.insert(waiting, { member, cost: 1 }, { member, cost: 1 });
    expect(waiting.map(({ member }) => member).join('')).toBe('ababa');
  });

  it('counts what a job costs: one large job stands for many drafts', () => {
    const turns = new Turns<Item>();
    const waiting: Item[] = [];
    for (const item of [
      { member: 'a', cost: 16 },
      { member: 'a', cost: 16 },
      ...Array.from({ length: 5 }, () => ({ member: 'b', cost: 4 })),
    ])
      turns.insert(waiting, item, item);
    expect(waiting.map(({ member }) => member).join('')).toBe('abbbbab');
  });

  it('starves nobody: between two turns of a waiting member, others get no more than their share', () => {
    fc.assert(
      fc.property(loads, (load) => {
        const turns = new Turns<Item>();
        const waiting: Item[] = [];
        const largest = 20;
        // Cost that each other member was given since this member began to wait for its next turn.
        const given = new Map<string, Map<string, number>>();
        const take = () => {
          const item = waiting.shift();
          if (!item) return;
          turns.started(item);
          for (const [member, others] of given)
            if (member !== item.member) others.set(item.member, (others.get(item.member) ?? 0) + item.cost);
          given.delete(item.member);
          if (waiting.some(({ member }) => member === item.member)) given.set(item.member, new Map());
          // Goyal, Vin and Cheng, theorem 1: two backlogged members differ by at most their two largest jobs.
          for (const others of given.values())
            for (const cost of others.values()) expect(cost).toBeLessThanOrEqual(2 * largest);
        };
        for (const arrivals of load) {
          for (const item of arrivals) {
            turns.insert(waiting, item, item);
            if (!given.has(item.member)) given.set(item.member, new Map());
          }
          take();
        }
        while (waiting.length > 0) take();
      }),
      { numRuns: 300 },
    );
  });
});
