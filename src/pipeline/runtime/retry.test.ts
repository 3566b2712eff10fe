import { describe, expect, it } from 'vitest';
import { ReverieError } from '../../errors.js';
import type { RenderResult } from '../renderer.js';
import { withRetries, type Attempt } from './retry.js';

const failure = (reason: string, details = {}) =>
  new ReverieError('render-failed', 'It broke.', {
    cause: new Error('why'),
    details: { reason, ...details },
  });
const lost = failure('thread-lost');
const broken = failure('device', { device: 'cuda' });
const full = failure('memory', { device: 'cuda' });
const diverged = failure('diverged', { step: 7 });

/** Fails with these, one after the other, then succeeds. */
async function run(...failures: readonly Error[]) {
  const attempts: Attempt[] = [];
  const warnings: string[] = [];
  const error = await withRetries(
    (attempt) => {
      attempts.push(attempt);
      const next = failures[attempts.length - 1];
      return next === undefined ? Promise.resolve({} as RenderResult) : Promise.reject(next);
    },
    { onWarning: (sentence) => void warnings.push(sentence) },
  ).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { attempts, warnings, error };
}

describe('a run that fails', () => {
  for (const [name, thrown, next] of [
    ['with its thread', lost, { newThread: true, learningRateScale: 1 }],
    ['with its device', broken, { cpu: { fromNowOn: true }, learningRateScale: 1 }],
    ['for want of device memory', full, { cpu: { fromNowOn: false }, learningRateScale: 1 }],
    ['by diverging', diverged, { newThread: false, learningRateScale: 0.25 }],
  ] as const)
    it(`${name} is tried once more, in another way, and the operator told why`, async () => {
      const once = await run(thrown);
      expect(once.error).toBeUndefined();
      expect(once.attempts[1]).toMatchObject(next);
      expect(once.warnings).toHaveLength(1);
      expect((await run(thrown, thrown)).error).toBe(thrown);
    });

  it('in several ways is tried in all of them, each remedy kept', async () => {
    const { attempts, error } = await run(diverged, lost, broken);
    expect(error).toBeUndefined();
    expect(attempts).toHaveLength(4);
    expect(attempts[3]).toMatchObject({ newThread: true, learningRateScale: 0.25, cpu: { fromNowOn: true } });
    expect((await run(diverged, lost, full, broken)).error).toBe(broken);
  });

  it('on the CPU, or in any other way, fails at once', async () => {
    for (const thrown of [
      failure('device', { device: 'cpu' }),
      failure('does-not-fit'),
      new Error('a bug'),
    ]) {
      const { attempts, error } = await run(thrown);
      expect(error).toBe(thrown);
      expect(attempts).toHaveLength(1);
    }
  });

  it('is not tried again once it was aborted', async () => {
    const signal = AbortSignal.abort();
    await expect(withRetries(() => Promise.reject(lost), { signal })).rejects.toBe(lost);
  });
});
