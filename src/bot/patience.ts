import { setTimeout as sleep } from 'node:timers/promises';
import { isAway } from './platform-errors.js';

const FIRST_MS = 1000;
const MOST_MS = 60_000;

/** Says it again, more and more slowly, for as long as Discord is away. What Discord refuses is thrown. */
export async function untilThere(say: () => Promise<void>): Promise<void> {
  for (let pause = FIRST_MS; ; pause = Math.min(2 * pause, MOST_MS)) {
    try {
      await say();
      return;
    } catch (thrown) {
      if (!isAway(thrown)) throw thrown;
    }
    // A process that wants to end need not wait: the result is written down and delivered by the next one.
    await sleep(pause, undefined, { ref: false });
  }
}
