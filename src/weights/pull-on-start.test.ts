import { expect, it } from 'vitest';
import { pullOnStart } from './pull-on-start.js';

it('logs each tenth of a file that was reached, wherever its chunks end', async () => {
  const percents: unknown[] = [];
  const log = {
    info: (values: object) => 'percent' in values && percents.push(values.percent),
    warn: () => undefined,
  };
  const pull = (_name: string, options: { onProgress?: (done: number, total: number) => void } = {}) => {
    for (const done of [5, 13, 26, 35, 38, 61]) options.onProgress?.(done, 100);
    return Promise.resolve(true);
  };
  await pullOnStart({ pull }, ['mini'], log, new AbortController().signal);
  expect(percents).toEqual([13, 26, 35, 61]);
});
