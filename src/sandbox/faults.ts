/** A misbehaviour to order: the next `times` matching requests are answered like this instead. */
export interface Fault {
  method: string;
  /** Tested against the path below /api/v10. */
  path: RegExp;
  /** 0 resets the connection without an answer. */
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** The request is carried out first; only its answer is lost. */
  late?: boolean;
  times?: number;
}

export class Faults {
  private readonly waiting: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.waiting.push({ fault, left: fault.times ?? 1 });
  }

  take(method: string, path: string): Fault | undefined {
    const found = this.waiting.find(
      ({ fault, left }) => left > 0 && fault.method.toUpperCase() === method && fault.path.test(path),
    );
    if (!found) return undefined;
    found.left -= 1;
    return found.fault;
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
