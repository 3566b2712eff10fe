/** A thousand hostile files through each parser of weights. `npm run bench -- fuzz` takes more, and others. */
import { expect, it } from 'vitest';
import { fuzz } from './fuzz.js';
import { FORMATS } from './mutations.js';

const COUNT = 1000;
const GIBIBYTE = 2 ** 30;

it.each(FORMATS)(
  '%s: each file is read correctly or refused with a clear reason, without a hang and in little memory',
  { timeout: 240_000 },
  async (format) => {
    const { outcomes, unclear, lost, peakBytes } = await fuzz(format, COUNT);
    expect({ lost, unclear }).toEqual({ lost: undefined, unclear: [] });
    expect(peakBytes).toBeLessThan(GIBIBYTE);
    // The mutations matter, and some files survive them.
    const read = outcomes.get('read') ?? 0;
    expect(read).toBeGreaterThan(COUNT / 50);
    expect(COUNT - read).toBeGreaterThan(COUNT / 2);
    expect(outcomes.size).toBeGreaterThan(10);
  },
);
