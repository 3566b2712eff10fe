import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EditThrottle } from './edit-throttle.js';

function start() {
  const sent: string[] = [];
  const errors: unknown[] = [];
  const began = Date.now();
  const throttle = new EditThrottle({ intervalMs: 4000, onError: (thrown) => errors.push(thrown) });
  const edit =
    (name: string, takesMs = 0) =>
    async () => {
      sent.push(`${name}@${Date.now() - began}`);
      if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs));
    };
  return { throttle, sent, errors, edit };
}

describe('the edit throttle', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('sends the newest frame, at most once per interval', async () => {
    const { throttle, sent, edit } = start();
    for (let frame = 0; frame < 100; frame++) {
      throttle.show(edit(`f${frame}`));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(sent).toEqual(['f0@0', 'f39@4000', 'f79@8000']);
  });

  it('measures the interval from the end of a slow edit', async () => {
    const { throttle, sent, edit } = start();
    throttle.show(edit('slow', 3000));
    await vi.advanceTimersByTimeAsync(10);
    throttle.show(edit('next'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toEqual(['slow@0', 'next@7000']);
  });

  it('counts the first edit, and keeps frames that arrive during it', async () => {
    const { throttle, sent, edit } = start();
    void throttle.first(edit('first', 1000));
    throttle.show(edit('next'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toEqual(['first@0', 'next@5000']);
  });

  it('sends the final edit after the one under way, and drops waiting frames', async () => {
    const { throttle, sent, edit } = start();
    throttle.show(edit('under way', 500));
    await vi.advanceTimersByTimeAsync(10);
    throttle.show(edit('stale'));
    const finished = throttle.finish(edit('final'));
    throttle.show(edit('late'));
    await vi.advanceTimersByTimeAsync(20_000);
    await finished;
    expect(sent).toEqual(['under way@0', 'final@500']);
  });

  it('continues after a failed edit', async () => {
    const { throttle, sent, errors, edit } = start();
    throttle.show(() => Promise.reject(new Error('no')));
    await vi.advanceTimersByTimeAsync(10);
    throttle.show(edit('next'));
    await vi.advanceTimersByTimeAsync(5000);
    expect(errors).toHaveLength(1);
    expect(sent).toEqual(['next@4000']);
  });
});
