/** A misbehaviour to order: the next `times` matching requests are answered like this instead. */
export interface Fault {
  method: string;
  /** Tested against the path below /api/v10, or against that of a file. */
  path: RegExp;
  /** 0 resets the connection without an answer. */
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** The request is carried out first; only its answer is lost. */
  late?: boolean;
  /** The request waits so long first; with status 200 it is then carried out as ever. */
  delayMs?: number;
  times?: number;
  /** This share of all matching requests, 0 to 1, from now on and instead of `times`. */
  share?: number;
}

/** What a bad day brings. */
const UNREST: readonly Omit<Fault, 'method' | 'path'>[] = [
  { status: 500 },
  { status: 429 },
  { status: 0 },
  { status: 0, late: true },
  { status: 200, delayMs: 2000 },
];

export class Faults {
  /** This share of all requests, 0 to 1, meets one of the faults of a bad day. */
  unrest = 0;
  private readonly waiting: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.waiting.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.waiting.length = 0;
  }

  take(method: string, path: string): Fault | undefined {
    const found = this.ordered(method, path);
    if (found || Math.random() >= this.unrest) return found;
    return { method, path: /^/, ...UNREST[Math.floor(Math.random() * UNREST.length)]! };
  }

  /** Only what was asked for by `add`. */
  ordered(method: string, path: string): Fault | undefined {
    const found = this.waiting.find(
      ({ fault, left }) =>
        fault.method.toUpperCase() === method &&
        fault.path.test(path) &&
        (fault.share === undefined ? left > 0 : Math.random() < fault.share),
    );
    if (found) found.left -= 1;
    return found?.fault;
  }
}

export function faultResponse(fault: Fault): Response {
  const limited = fault.status === 429;
  const body = limited
    ? { message: 'You are being rate limited.', retry_after: 0.05, global: false }
    : { message: `Fault ${fault.status}`, code: 0 };
  return new Response(JSON.stringify(fault.body ?? body), {
    status: fault.status,
    headers: {
      'content-type': 'application/json',
      ...(limited ? { 'retry-after': '0.05', 'x-ratelimit-scope': 'user' } : {}),
      ...fault.headers,
    },
  });
}
