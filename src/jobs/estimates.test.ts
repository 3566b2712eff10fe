import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { preparedRequest } from '../../test/tiny-renderer.js';
import type { Plan } from '../pipeline/renderer.js';
import { Estimates } from './estimates.js';
import type { Job } from './job.js';

const START = Date.UTC(2026, 8, 1);
const plan = (cost: number): Plan => ({
  ...{ kind: 'dream', network: 'mini', width: 8, height: 8, scales: 1, steps: 3, cost },
});
const open: Job[] = ['first', 'second'].map((id, index) => ({
  ...{ id, lane: 'a', userId: 'u', state: index === 0 ? 'running' : 'queued' },
  ...{ createdAt: new Date(START), ...(index === 0 ? { startedAt: new Date(START) } : {}) },
  prepared: preparedRequest({ kind: 'dream', image: new Uint8Array(1) }, plan(100)),
}));
const secondsUntil = (date: Date | undefined) => (date!.getTime() - Date.now()) / 1000;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the expected time of a job', () => {
  const estimates = new Estimates({ open }, [{ plan: plan(10), seconds: 30 }]);

  it('is the sum of the jobs before it and the job itself, estimated from past jobs', () => {
    expect(secondsUntil(estimates.doneAt({ id: 'first' }))).toBe(300);
    expect(secondsUntil(estimates.doneAt({ id: 'second' }))).toBe(600);
  });

  it('stays the same while the running job is as fast as expected', () => {
    vi.advanceTimersByTime(120_000);
    expect(secondsUntil(estimates.doneAt({ id: 'second' }))).toBe(480);
  });

  it('is pushed back while the running job takes longer than expected', () => {
    vi.advanceTimersByTime(400_000);
    expect(secondsUntil(estimates.doneAt({ id: 'first' }))).toBe(0);
    expect(secondsUntil(estimates.doneAt({ id: 'second' }))).toBe(300);
  });

  it('is unknown for a job that is not open, or when no job of its kind has finished', () => {
    expect(estimates.doneAt({ id: 'third' })).toBeUndefined();
    expect(new Estimates({ open }, []).doneAt({ id: 'first' })).toBeUndefined();
  });
});
