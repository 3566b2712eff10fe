import { HTTPError } from 'discord.js';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { retryWhileUnavailable } from './retry.js';

const log = pino({ level: 'silent' });
const away = () => new HTTPError(503, 'Service Unavailable', 'PATCH', 'http://test', {});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('keeps retrying while Discord is unavailable, with pauses from 1 s to 1 min', async () => {
  const TEN_MINUTES = 600_000;
  const begun = Date.now();
  const said: number[] = [];
  const there = retryWhileUnavailable(
    () => {
      said.push(Date.now() - begun);
      return Date.now() - begun < TEN_MINUTES ? Promise.reject(away()) : Promise.resolve();
    },
    { log },
  );
  await vi.advanceTimersByTimeAsync(TEN_MINUTES + 60_000);
  await there;
  const pauses = said.slice(1).map((at, i) => at - said[i]!);
  expect(pauses[0]).toBe(1000);
  expect(Math.max(...pauses)).toBe(60_000);
  expect(said.length).toBeLessThan(20);
});

it('does not retry requests that Discord refuses', async () => {
  let said = 0;
  const refused = retryWhileUnavailable(
    () => {
      said += 1;
      return Promise.reject(new Error('refused'));
    },
    { log },
  );
  await expect(refused).rejects.toThrow('refused');
  expect(said).toBe(1);
});
