/** The half of the renderer that runs in a worker thread: an engine's step blocks the thread that calls it. */
import { parentPort, workerData } from 'node:worker_threads';
import { toReverieError } from '../../errors.js';
import type { FromWorker, ToWorker } from './protocol.js';
import { createRenderer, type PipelineOptions } from './local.js';

interface Run {
  readonly abort: AbortController;
  /** Resolves, never rejects, once the run is over. */
  readonly over: Promise<void>;
}

const port = parentPort!;
const renderer = createRenderer(workerData as PipelineOptions);
const running = new Map<number, Run>();

const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void => {
  port.postMessage(message, transfer);
};

async function render(
  { id, request }: Extract<ToWorker, { type: 'render' }>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const result = await renderer.render(request, {
      signal,
      onFrame: (frame) => {
        send({ type: 'frame', id, frame }, [frame.image.data.buffer as ArrayBuffer]);
      },
      onWarning: (sentence) => {
        send({ type: 'warning', id, sentence });
      },
      onActivity: () => {
        send({ type: 'active', id });
      },
    });
    send({ type: 'done', id, result }, [result.image.data.buffer as ArrayBuffer]);
  } catch (thrown) {
    const { code, sentence, details, cause } = toReverieError(thrown);
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause ?? '');
    send({ type: 'failed', id, failure: { code, sentence, details, cause: text } });
  } finally {
    running.delete(id);
  }
}

/** With its port closed and nothing left to do, the thread ends by itself. */
async function end(): Promise<void> {
  const runs = [...running.values()];
  for (const { abort } of runs) abort.abort();
  await Promise.all(runs.map(({ over }) => over));
  port.close();
}

port.on('message', (message: ToWorker) => {
  if (message.type === 'end') void end();
  else if (message.type === 'abort') running.get(message.id)?.abort.abort();
  else {
    const abort = new AbortController();
    running.set(message.id, { abort, over: render(message, abort.signal) });
  }
});
