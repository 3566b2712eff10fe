/** The half of the renderer that runs in a worker thread: an engine's step blocks the thread that calls it. */
import { parentPort, workerData } from 'node:worker_threads';
import { toReverieError } from '../errors.js';
import type { FromWorker, ToWorker } from './protocol.js';
import { createRenderer, type PipelineOptions } from './render.js';

const port = parentPort!;
const renderer = createRenderer(workerData as PipelineOptions);
const running = new Map<number, AbortController>();

const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void => {
  port.postMessage(message, transfer);
};

async function render(id: number, request: Extract<ToWorker, { type: 'render' }>['request']): Promise<void> {
  const abort = new AbortController();
  running.set(id, abort);
  try {
    const result = await renderer.render(request, {
      signal: abort.signal,
      onFrame: (frame) => {
        send({ type: 'frame', id, frame }, [frame.image.data.buffer as ArrayBuffer]);
      },
      onWarning: (sentence) => {
        send({ type: 'warning', id, sentence });
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

port.on('message', (message: ToWorker) => {
  if (message.type === 'abort') running.get(message.id)?.abort();
  else void render(message.id, message.request);
});
