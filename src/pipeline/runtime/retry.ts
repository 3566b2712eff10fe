/**
 * What is tried again when a render fails, and in which way: the one place where that is decided. Each remedy is tried
 * once, and several may follow one another.
 */
import { ReverieError } from '../../errors.js';
import type { RenderOptions, RenderResult } from '../renderer.js';

/** `details.reason` of failures for which there is a remedy; `memory` and `device` come from the engines. */
export const THREAD_LOST = 'thread-lost';
export const DIVERGED = 'diverged';

/** How a run is attempted. Plain data: it is sent to the thread that renders. */
export interface Attempt {
  /** The worker thread was lost, and this attempt is made in a new one. */
  readonly newThread: boolean;
  /** Set where the chosen device failed and the CPU takes over, for this run or for all later ones too. */
  readonly cpu?: { readonly reason: string; readonly fromNowOn: boolean };
  /** Multiplies the length of every step; below 1 after a run has diverged. */
  readonly learningRateScale: number;
}

export const FIRST_ATTEMPT: Attempt = { newThread: false, learningRateScale: 1 };

const SMALLER_RATE = 0.25;

interface NextAttempt {
  readonly attempt: Attempt;
  /** A sentence for the operator. */
  readonly warning: string;
}

/** What to do after an attempt has failed; nothing where the failure is final. */
export function nextAttempt(failure: ReverieError, failed: Attempt): NextAttempt | undefined {
  const { reason, device, step } = failure.details;
  const [cause] = String(failure.cause).split('\n');
  const onCpu = (why: string, fromNowOn: boolean): NextAttempt | undefined => {
    if (failed.cpu || device === 'cpu') return undefined;
    const sentence = `${why}, so the CPU is used`;
    return {
      attempt: { ...failed, cpu: { reason: sentence, fromNowOn } },
      warning: `${sentence}: ${cause}`,
    };
  };
  switch (reason) {
    case THREAD_LOST:
      return failed.newThread
        ? undefined
        : {
            attempt: { ...failed, newThread: true },
            warning: `the worker thread was lost, so the run starts again in a new one: ${cause}`,
          };
    case 'device':
      return onCpu(`${device} failed`, true);
    case 'memory':
      // The device is kept for smaller pictures.
      return onCpu(`${device} ran out of memory`, false);
    case DIVERGED:
      return failed.learningRateScale < 1
        ? undefined
        : {
            attempt: { ...failed, learningRateScale: SMALLER_RATE },
            warning: `the run diverged at step ${step}, so it starts again with ${SMALLER_RATE} times the learning rate`,
          };
    default:
      return undefined;
  }
}

/** Makes attempts until one succeeds, fails for good, or the run is aborted. */
export async function withRetries(
  make: (attempt: Attempt) => Promise<RenderResult>,
  { signal, onWarning }: Pick<RenderOptions, 'signal' | 'onWarning'>,
): Promise<RenderResult> {
  for (let attempt = FIRST_ATTEMPT; ;)
    try {
      return await make(attempt);
    } catch (thrown) {
      const next =
        thrown instanceof ReverieError && !signal?.aborted ? nextAttempt(thrown, attempt) : undefined;
      if (!next) throw thrown;
      onWarning?.(next.warning);
      attempt = next.attempt;
    }
}
