/** The queue itself under load, with a renderer whose only time is the cost of what it renders. */
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { preparedRequest } from '../../test/tiny-renderer.js';
import type { PreparedRequest, RenderResult } from '../pipeline/renderer.js';
import type { JobSpec } from './job.js';
import { JobQueue } from './queue.js';

const log = pino({ level: 'silent' });

interface Request {
  readonly guild: string;
  readonly user: string;
  readonly cost: number;
}

function specOf({ guild, user, cost }: Request, seed: number): JobSpec {
  const prepared = preparedRequest({ kind: 'visualise', seed }, { cost });
  return { lane: guild, userId: user, prepared };
}

/** Submits everything while a first job renders; when each began, on the clock of cost, in the order of the asking. */
async function begins(requests: readonly Request[]): Promise<{ began: number[]; announced: boolean }> {
  const began: number[] = [];
  let now = 0;
  let open!: () => void;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let foreseen: number[] = [];
  let announced = true;
  const render = async ({ run: { seed } }: PreparedRequest): Promise<RenderResult> => {
    if (seed === 0) await gate;
    else {
      // Nothing was submitted since the order was announced, so it has to hold.
      announced &&= foreseen.shift() === seed;
      began[seed - 1] = now;
      now += requests[seed - 1]!.cost;
    }
    return { trace: {} } as RenderResult;
  };
  const queue = new JobQueue({ renderer: { render }, log, maxPerLane: 1e6, maxPerUser: 1e6 });
  const first = queue.submit(specOf({ guild: 'first', user: 'first', cost: 1 }, 0));
  const handles = requests.map((one, index) => queue.submit(specOf(one, index + 1)));
  foreseen = queue.snapshot().waiting.map(({ prepared }) => prepared.run.seed);
  open();
  await Promise.all([first, ...handles].map(({ settled }) => settled));
  return { began, announced };
}

it('among ten guilds with 1 to 40 jobs each, a guild with one job waits for at most one job of every other guild', async () => {
  const jobs = fc.record({ count: fc.integer({ min: 1, max: 40 }), users: fc.integer({ min: 1, max: 8 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(jobs, { minLength: 10, maxLength: 10 }),
      fc.array(fc.nat(), { minLength: 400, maxLength: 400 }),
      async (guilds, dice) => {
        // One guild has a single job for certain, others may.
        const counted = guilds.map((guild, index) => (index === 0 ? { count: 1, users: 1 } : guild));
        const requests = counted
          .flatMap(({ count, users }, guild) =>
            Array.from({ length: count }, (_, i) => ({
              guild: `guild ${guild}`,
              user: `user ${dice[(guild * 40 + i) % 400]! % users}`,
              cost: 1,
              place: dice[(guild * 40 + i) % 400]!,
            })),
          )
          .sort((a, b) => a.place - b.place);
        const { began, announced } = await begins(requests);
        requests.forEach(({ guild }, index) => {
          if (requests.filter((other) => other.guild === guild).length === 1)
            expect(began[index]).toBeLessThanOrEqual(guilds.length);
        });
        expect(announced).toBe(true);
      },
    ),
    { numRuns: 25 },
  );
});

it('under any load, the service of two waiting guilds never differs by more than the sum of their largest jobs', async () => {
  const job = fc.record({
    guild: fc.constantFrom('a', 'b', 'c', 'd'),
    user: fc.constantFrom('one', 'two', 'three'),
    cost: fc.integer({ min: 1, max: 50 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(job, { maxLength: 60 }), async (requests) => {
      const { began, announced } = await begins(requests);
      expect(announced).toBe(true);
      const guilds = [...new Set(requests.map(({ guild }) => guild))];
      const of = (guild: string) =>
        requests.map((one, i) => ({ ...one, at: began[i]! })).filter((one) => one.guild === guild);
      const largest = (guild: string) => Math.max(...of(guild).map(({ cost }) => cost));
      for (const mine of guilds)
        for (const other of guilds) {
          if (mine === other) continue;
          // While both still wait: what either was given until the other's last job began.
          const until = Math.min(...[mine, other].map((guild) => Math.max(...of(guild).map(({ at }) => at))));
          const [given, taken] = [mine, other].map((guild) =>
            of(guild)
              .filter(({ at }) => at < until)
              .reduce((sum, { cost }) => sum + cost, 0),
          );
          // Goyal, Vin and Cheng, theorem 1.
          expect(Math.abs(given! - taken!)).toBeLessThanOrEqual(largest(mine) + largest(other));
        }
    }),
    { numRuns: 100 },
  );
});

it('a guild that arrives late, while others keep submitting, waits for at most one job of each of them', async () => {
  const job = fc.record({
    guild: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    user: fc.constantFrom('one', 'two'),
    cost: fc.integer({ min: 1, max: 50 }),
    // On the clock of cost.
    at: fc.integer({ min: 0, max: 400 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(job, { minLength: 40, maxLength: 80 }), async (load) => {
      const requests = [...load].sort((a, b) => a.at - b.at);
      const began: number[] = [];
      const came: number[] = [];
      /** The first job of each guild: it owes nothing. */
      const firsts: number[] = [];
      let now = 0;
      const all: Promise<void>[] = [];
      const submit = () => {
        while (came.length < requests.length && requests[came.length]!.at <= now) {
          const next = came.length;
          const { guild, user, cost } = requests[next]!;
          if (!requests.slice(0, next).some((earlier) => earlier.guild === guild)) firsts.push(next);
          came.push(now);
          all.push(queue.submit(specOf({ guild, user, cost }, next + 1)).settled);
        }
      };
      const render = async ({ run: { seed } }: PreparedRequest): Promise<RenderResult> => {
        const { cost } = requests[seed - 1]!;
        began[seed - 1] = now;
        // They come at any moment of the job, each at its own.
        const end = now + cost;
        for (now += 1; now < end; now++) submit();
        submit();
        await Promise.resolve();
        return { trace: {} } as RenderResult;
      };
      const queue = new JobQueue({ renderer: { render }, log, maxPerLane: 1e6, maxPerUser: 1e6 });
      while (came.length < requests.length) {
        now = Math.max(now, requests[came.length]!.at);
        submit();
        while (queue.snapshot().running ?? queue.snapshot().waiting.length)
          await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(all);
      const largest = (guild: string) =>
        Math.max(0, ...requests.filter((one) => one.guild === guild).map(({ cost }) => cost));
      for (const index of firsts) {
        const others = ['a', 'b', 'c', 'd', 'e'].filter((guild) => guild !== requests[index]!.guild);
        const most = others.reduce((sum, guild) => sum + largest(guild), 0);
        expect(began[index]! - came[index]!).toBeLessThanOrEqual(most);
      }
    }),
    { numRuns: 100 },
  );
});
