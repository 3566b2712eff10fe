import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { preparedRequest, TinyRenderer } from '../../test/tiny-renderer.js';
import { ReverieError } from '../errors.js';
import type { Renderer } from '../pipeline/renderer.js';
import type { JobObserver, JobSpec } from './job.js';
import { JobQueue, type JobHandle, type JobQueueOptions } from './queue.js';

const log = pino({ level: 'silent' });

function spec(lane: string, seed: number, userId = `user-${lane}`): JobSpec {
  const prepared = preparedRequest({ kind: 'dream', image: new Uint8Array(1), seed });
  return { lane, userId, id: `${lane}${seed}`, prepared };
}

/** A job that renders in the background. */
function lesson(lane: string, seed: number): JobSpec {
  const picture = new Uint8Array(1);
  const prepared = preparedRequest({ kind: 'teach', style: picture, contents: [picture], seed });
  return { lane, userId: `user-${lane}`, id: `${lane}${seed}`, prepared };
}

function start(options: Partial<JobQueueOptions> = {}) {
  const renderer = new TinyRenderer({ stepMs: 2 });
  return { renderer, queue: new JobQueue({ renderer, log, ...options }) };
}

/** Collects what an observer is told. */
function listener() {
  const told: string[] = [];
  const observer: JobObserver = {
    onPosition: (_, position) => void told.push(`position ${position}`),
    onStart: () => void told.push('start'),
    onFrame: (_, frame) => void told.push(`frame ${frame.step}`),
    onDone: () => void told.push('done'),
    onFailed: (_, error) => void told.push(error.code),
  };
  return { told, observer };
}

describe('the job queue', () => {
  it('lets guilds take turns, in the order it announced', async () => {
    const { queue, renderer } = start();
    const handles = [1, 2, 3, 4, 5].map((seed) => queue.submit(spec('A', seed)));
    handles.push(queue.submit(spec('B', 21)), queue.submit(spec('C', 31)));
    const expected = ['A1', 'B21', 'C31', 'A2', 'A3', 'A4', 'A5'];
    const { running, waiting } = queue.snapshot();
    expect([...(running ? [running] : []), ...waiting].map(({ id }) => id)).toEqual(expected);
    expect(queue.position(handles[1]!.job.id)).toBe(3);
    await Promise.all(handles.map(({ settled }) => settled));
    expect(renderer.rendered).toEqual([1, 21, 31, 2, 3, 4, 5]);
  });

  it('follows the announced order throughout', async () => {
    const { queue, renderer } = start();
    const announced: number[][] = [];
    const seeds = () => queue.snapshot().waiting.map(({ prepared }) => prepared.run.seed);
    const observer: JobObserver = { onStart: () => void announced.push(seeds()) };
    const handles = [1, 2, 3].map((seed) => queue.submit(spec('A', seed), observer));
    handles.push(...[21, 22].map((seed) => queue.submit(spec('B', seed), observer)));
    handles.push(queue.submit(spec('C', 31), observer));
    await Promise.all(handles.map(({ settled }) => settled));
    // The first start was announced before the others were submitted.
    announced.slice(1).forEach((order, index) => {
      expect(order).toEqual(renderer.rendered.slice(index + 2));
    });
  });

  it('reports a job’s position, frames and end', async () => {
    const { queue } = start();
    const { told, observer } = listener();
    queue.submit(spec('A', 1));
    queue.submit(spec('A', 2));
    const { settled, job } = queue.submit(spec('A', 3), observer);
    await settled;
    expect(told).toEqual(['position 2', 'position 1', 'start', 'frame 1', 'frame 2', 'frame 3', 'done']);
    expect(job.state).toBe('completed');
  });

  it('cancels a waiting job without costing its lane a turn', async () => {
    const { queue, renderer } = start();
    const first = queue.submit(spec('X', 1));
    const { told, observer } = listener();
    const doomed = queue.submit(spec('A', 2), observer);
    const rest = [queue.submit(spec('B', 21)), queue.submit(spec('A', 3))];
    expect(doomed.cancel()).toBe(true);
    expect(doomed.cancel()).toBe(false);
    await Promise.all([first, doomed, ...rest].map(({ settled }) => settled));
    expect(renderer.rendered).toEqual([1, 3, 21]);
    expect(told.at(-1)).toBe('aborted');
    expect(doomed.job.state).toBe('cancelled');
  });

  it('stops the running job and continues with the next', async () => {
    const { queue, renderer } = start();
    const { told, observer } = listener();
    const doomed = queue.submit(spec('A', 1), {
      ...observer,
      onFrame: (job) => void queue.cancel(job.id),
    });
    const next = queue.submit(spec('A', 2));
    await Promise.all([doomed.settled, next.settled]);
    expect(told.at(-1)).toBe('aborted');
    expect(next.job.state).toBe('completed');
    expect(renderer.rendered).toEqual([1, 2]);
  });

  /** A renderer whose step ends only when `end` is called, even if it was aborted. */
  function longStep() {
    let end!: () => void;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const started: (number | undefined)[] = [];
    const render: Renderer['render'] = async ({ run }) => {
      started.push(run.seed);
      await over;
      throw new ReverieError('aborted', 'That picture was cancelled.');
    };
    return { renderer: { render }, started, end };
  }

  it('starts the next job only when the cancelled job’s step has ended', async () => {
    const { renderer, started, end } = longStep();
    const { queue } = start({ renderer });
    const doomed = queue.submit(spec('A', 1));
    const next = queue.submit(spec('B', 2));
    await expect.poll(() => started).toEqual([1]);
    expect(doomed.cancel()).toBe(true);
    await setImmediate();
    expect(started).toEqual([1]);
    expect(queue.snapshot().waiting).toHaveLength(1);
    end();
    await Promise.all([doomed.settled, next.settled]);
    expect(started).toEqual([1, 2]);
  });

  it('draining returns the running job to the queue, but a cancelled one stays cancelled', async () => {
    for (const [cancelled, states] of [
      [false, ['queued']],
      // Nobody has been told yet when it is `delivering`.
      [true, ['delivering', 'cancelled']],
    ] as const) {
      const { renderer, started, end } = longStep();
      const moves: string[] = [];
      const journal = { recordState: (_: string, to: string) => void moves.push(to) };
      const { queue } = start({ renderer, journal });
      const job = queue.submit(spec('A', 1));
      await expect.poll(() => started).toEqual([1]);
      if (cancelled) job.cancel();
      const drained = queue.drain();
      end();
      await drained;
      expect(moves).toEqual(['running', ...states]);
    }
  });

  it('survives a job, an observer and a delivery that throw', async () => {
    const { queue } = start();
    const { told, observer } = listener();
    const broken = queue.submit(spec('A', 13), observer);
    const rude = queue.submit(spec('A', 2), {
      onFrame: () => {
        throw new Error('observer');
      },
      onDone: () => Promise.reject(new Error('delivery')),
    });
    const fine = queue.submit(spec('A', 3));
    await Promise.all([broken.settled, rude.settled, fine.settled]);
    expect(told.at(-1)).toBe('internal');
    expect([broken, rude, fine].map(({ job }) => job.state)).toEqual(['failed', 'failed', 'completed']);
    expect(queue.snapshot()).toEqual({ running: undefined, waiting: [] });
  });

  it('forgets lanes with nothing to do', async () => {
    const { queue } = start();
    await Promise.all(['A', 'B'].map((lane, index) => queue.submit(spec(lane, index)).settled));
    await expect.poll(() => queue.lanes).toBe(0);
  });

  it('limits users and lanes, and frees their places', async () => {
    const { queue } = start({ maxPerUser: 2, maxPerLane: 3 });
    const full = (reason: string, count: number) =>
      expect.objectContaining({ code: 'queue-full', details: { reason, count } }) as unknown;
    const one = queue.submit(spec('A', 1));
    const two = queue.submit(spec('A', 2));
    expect(() => queue.submit(spec('B', 3, 'user-A'))).toThrow(full('user', 2));
    const three = queue.submit(spec('A', 3, 'other'));
    expect(() => queue.submit(spec('A', 4, 'third'))).toThrow(full('guild', 3));
    two.cancel();
    const four = queue.submit(spec('A', 5));
    await Promise.all([one, two, three, four].map(({ settled }) => settled));
    await queue.submit(spec('A', 6)).settled;
  });

  it('stops a job that takes too long', async () => {
    const { queue } = start({ renderer: new TinyRenderer({ stepMs: 30 }), timeLimitSeconds: 0.01 });
    const { told, observer } = listener();
    await queue.submit(spec('A', 1), observer).settled;
    expect(told.at(-1)).toBe('timed-out');
  });

  it('draining cancels waiting jobs and refuses new ones', async () => {
    const { queue } = start();
    const handles = [1, 2].map((seed) => queue.submit(spec('A', seed)));
    await queue.drain();
    expect(handles.map(({ job }) => job.state)).toEqual(['cancelled', 'cancelled']);
    expect(() => queue.submit(spec('A', 3))).toThrow('restarting');
  });

  it('renders background jobs while no other one waits, in the order in which they came', async () => {
    const { queue, renderer } = start();
    const handles = [queue.submit(spec('A', 1)), queue.submit(lesson('C', 7)), queue.submit(lesson('A', 8))];
    handles.push(queue.submit(spec('A', 2)), queue.submit(spec('B', 3)));
    const order = [1, 3, 2, 7, 8];
    expect(queue.open.map(({ prepared }) => prepared.run.seed)).toEqual(order);
    expect(queue.position('A8')).toBe(4);
    await Promise.all(handles.map(({ settled }) => settled));
    expect(renderer.rendered).toEqual(order);
    expect(queue.lanes).toBe(0);
  });

  it('stops a background job for another one, and goes on where it was', async () => {
    const moves: string[] = [];
    const journal = { recordState: (id: string, to: string) => void moves.push(`${id} ${to}`) };
    const { queue, renderer } = start({ journal });
    const { told, observer } = listener();
    let other: JobHandle | undefined;
    const { settled, job } = queue.submit(lesson('A', 7), {
      ...observer,
      onFrame(of, frame) {
        observer.onFrame!(of, frame);
        if (other) return;
        other = queue.submit(spec('B', 1));
        expect([queue.position('B1'), queue.position('A7'), of.state, of.startedAt]).toEqual([
          1,
          2,
          'queued',
          undefined,
        ]);
      },
    });
    await settled;
    await other!.settled;
    expect(renderer.rendered).toEqual([7, 1, 7]);
    expect(told).toEqual([
      ...['start', 'frame 1', 'position 2', 'position 1', 'start', 'frame 2', 'frame 3', 'done'],
    ]);
    expect(moves.filter((move) => move.startsWith('A7'))).toEqual([
      ...['A7 running', 'A7 queued', 'A7 running', 'A7 delivering', 'A7 completed'],
    ]);
    expect(job.state).toBe('completed');
  });

  it('cancels a background job that is making way', async () => {
    const { queue, renderer } = start();
    const { told, observer } = listener();
    let other: JobHandle | undefined;
    const { settled } = queue.submit(lesson('A', 7), {
      ...observer,
      onFrame(job) {
        if (other) return;
        other = queue.submit(spec('B', 1));
        queue.cancel(job.id);
      },
    });
    await settled;
    await other!.settled;
    expect(told.at(-1)).toBe('aborted');
    expect(renderer.rendered).toEqual([7, 1]);
    expect(queue.open).toEqual([]);
  });

  it('takes one background job of a lane, beside its other jobs', async () => {
    const { queue } = start({ maxPerLane: 1 });
    const handles = [queue.submit(lesson('A', 7)), queue.submit(spec('A', 1)), queue.submit(lesson('B', 9))];
    expect(() => queue.submit(lesson('A', 8))).toThrow(
      expect.objectContaining({ code: 'queue-full', details: { reason: 'teaching' } }) as Error,
    );
    await Promise.all(handles.map(({ settled }) => settled));
    await queue.submit(lesson('A', 8)).settled;
  });

  it('draining leaves background jobs to the next process', async () => {
    const moves: string[] = [];
    const journal = { recordState: (id: string, to: string) => void moves.push(`${id} ${to}`) };
    const { queue } = start({ journal });
    let seen!: () => void;
    const started = new Promise<void>((resolve) => {
      seen = resolve;
    });
    queue.submit(lesson('A', 7), {
      onFrame: () => {
        seen();
      },
    });
    queue.submit(lesson('B', 8));
    await started;
    await queue.drain();
    expect(moves).toEqual(['A7 running', 'A7 queued']);
  });
});
