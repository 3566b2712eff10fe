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
    ['because its thread was lost', lost, { newThread: true, learningRateScale: 1 }],
    ['because its device failed', broken, { cpu: { fromNowOn: true }, learningRateScale: 1 }],
    ['for lack of device memory', full, { cpu: { fromNowOn: false }, learningRateScale: 1 }],
    ['because it diverged', diverged, { newThread: false, learningRateScale: 0.25 }],
  ] as const)
    it(`${name} is retried once with a remedy, and the operator is warned`, async () => {
      const once = await run(thrown);
      expect(once.error).toBeUndefined();
      expect(once.attempts[1]).toMatchObject(next);
      expect(once.warnings).toHaveLength(1);
      expect((await run(thrown, thrown)).error).toBe(thrown);
    });

  it('for several reasons is retried for each of them, and keeps the earlier remedies', async () => {
    const { attempts, error } = await run(diverged, lost, broken);
    expect(error).toBeUndefined();
    expect(attempts).toHaveLength(4);
    expect(attempts[3]).toMatchObject({ newThread: true, learningRateScale: 0.25, cpu: { fromNowOn: true } });
    expect((await run(diverged, lost, full, broken)).error).toBe(broken);
  });

  it('on the CPU, or for any other reason, is not retried', async () => {
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

  it('is not retried after an abort', async () => {
    const signal = AbortSignal.abort();
    await expect(withRetries(() => Promise.reject(lost), { signal })).rejects.toBe(lost);
  });
});
