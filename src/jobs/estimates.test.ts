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
  plan: plan(100),
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

  it('is when those before it and the job itself will have taken as long as past jobs did', () => {
    expect(secondsUntil(estimates.doneAt({ id: 'first' }))).toBe(300);
    expect(secondsUntil(estimates.doneAt({ id: 'second' }))).toBe(600);
  });

  it('does not move while the running job renders as fast as expected', () => {
    vi.advanceTimersByTime(120_000);
    expect(secondsUntil(estimates.doneAt({ id: 'second' }))).toBe(480);
  });

  it('moves on while the running job takes longer than expected', () => {
    vi.advanceTimersByTime(400_000);
    expect(secondsUntil(estimates.doneAt({ id: 'first' }))).toBe(0);
    expect(secondsUntil(estimates.doneAt({ id: 'second' }))).toBe(300);
  });

  it('is unknown for a job that is not open, and where no job of the kind has finished', () => {
    expect(estimates.doneAt({ id: 'third' })).toBeUndefined();
    expect(new Estimates({ open }, []).doneAt({ id: 'first' })).toBeUndefined();
  });
});
