import { AsyncLocalStorage } from 'node:async_hooks';

const passing = new AsyncLocalStorage<true>();

/** Says what is soon out of date: where Discord has no room for it now, it is refused instead of standing in line. */
export const failFastOnRateLimit = <T>(say: () => Promise<T>): Promise<T> => passing.run(true, say);

export const failsFastOnRateLimit = (): boolean => passing.getStore() === true;
