/** Failures that a test orders: lost connections, rate limits, server errors and slow answers. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Fault {
  method: string;
  /** Matched against the path below /api/v10, or against the path of a file. */
  path: RegExp;
  /** 0 resets the connection without an answer. */
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** Handles the request first, so that only its answer is lost. */
  late?: boolean;
  /** Delays the request; with status 200 it is then handled as usual. */
  delayMs?: number;
  /** How many matching requests fail; 1 by default. */
  times?: number;
  /** Instead of `times`: the share of all matching requests that fail from now on, 0 to 1. */
  share?: number;
}

const RANDOM_FAULTS: readonly Omit<Fault, 'method' | 'path'>[] = [
  { status: 500 },
  { status: 429 },
  { status: 0 },
  { status: 0, late: true },
  { status: 200, delayMs: 2000 },
];

export class Faults {
  /** The share of all requests that meet a random fault, 0 to 1. */
  randomShare = 0;
  private readonly ordered: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.ordered.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.ordered.length = 0;
  }

  /** The fault that this request meets: an ordered one, or else perhaps a random one. */
  take(method: string, path: string): Fault | undefined {
    const found = this.takeOrdered(method, path);
    if (found || Math.random() >= this.randomShare) return found;
    return { method, path: /^/, ...RANDOM_FAULTS[Math.floor(Math.random() * RANDOM_FAULTS.length)]! };
  }

  takeOrdered(method: string, path: string): Fault | undefined {
    const found = this.ordered.find(
      ({ fault, left }) =>
        fault.method.toUpperCase() === method &&
        fault.path.test(path) &&
        (fault.share === undefined ? left > 0 : Math.random() < fault.share),
    );
    if (found) found.left -= 1;
    return found?.fault;
  }
}

/** Waits as long as the fault delays a request. The timer alone does not keep the process running. */
export async function delay({ delayMs }: Pick<Fault, 'delayMs'> = {}): Promise<void> {
  if (delayMs !== undefined) await sleep(delayMs, undefined, { ref: false });
}

export function faultResponse({ status, body, headers }: Fault): Response {
  const rateLimited = status === 429;
  const defaultBody = rateLimited
    ? { message: 'You are being rate limited.', retry_after: 0.05, global: false }
    : { message: `Fault ${status}`, code: 0 };
  return new Response(JSON.stringify(body ?? defaultBody), {
    status,
    headers: {
      'content-type': 'application/json',
      ...(rateLimited ? { 'retry-after': '0.05', 'x-ratelimit-scope': 'user' } : {}),
      ...headers,
    },
  });
}
