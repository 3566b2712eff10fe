/** A thousand hostile files through each parser of weights. `npm run bench -- fuzz` takes more, and other ones. */
import { expect, it } from 'vitest';
import { fuzz } from './fuzz.js';
import { FORMATS } from './mutations.js';

const COUNT = 1000;
const GIBIBYTE = 2 ** 30;

it.each(FORMATS)(
  '%s: each is read soundly or refused in clear words, soon and in little memory',
  { timeout: 240_000 },
  async (format) => {
    const { outcomes, unclear, lost, slowestSeconds, peakBytes } = await fuzz(format, COUNT);
    expect({ lost, unclear }).toEqual({ lost: undefined, unclear: [] });
    // Time of the processor, not of the clock: a busy machine is no hang.
    expect(slowestSeconds).toBeLessThan(2);
    expect(peakBytes).toBeLessThan(GIBIBYTE);
    // The changes do something, and they do not break everything.
    const read = outcomes.get('read') ?? 0;
    expect(read).toBeGreaterThan(COUNT / 50);
    expect(COUNT - read).toBeGreaterThan(COUNT / 2);
    expect(outcomes.size).toBeGreaterThan(10);
  },
);
