const PING_MS = 15_000;

export type SendEvent = (event: string, data: unknown) => void;

/**
 * Server-sent events for as long as somebody listens.
 * @param subscribe is given the way to send and returns how to stop
 */
export function eventStream(subscribe: (send: SendEvent) => (() => void)[]): Response {
  let stops: (() => void)[] = [];
  const stop = (): void => {
    for (const one of stops.splice(0)) one();
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const encoder = new TextEncoder();
      const send: SendEvent = (event, data) => {
        try {
          controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
        } catch {
          stop();
        }
      };
      const ping = setInterval(() => {
        send('ping', {});
      }, PING_MS);
      ping.unref();
      stops = [
        ...subscribe(send),
        () => {
          clearInterval(ping);
        },
      ];
      send('hello', {});
    },
    cancel: stop,
  });
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  });
}
