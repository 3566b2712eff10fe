/** The worker thread's side of the protocol. */
import type { MessagePort } from 'node:worker_threads';
import { toReverieError } from '../../errors.js';
import type { EngineStatus } from './capabilities.js';
import type { RenderResult } from '../renderer.js';
import type { LocalRuntime } from './local.js';
import type { Failure, FromWorker, ToWorker } from './protocol.js';

interface Run {
  readonly abort: AbortController;
  /** Resolves, never rejects, once the run is over. */
  readonly over: Promise<void>;
}

/** @param start creates what renders; `onEngineChange` is to be called when it falls back to another engine */
export function serve(
  port: MessagePort,
  start: (onEngineChange: (status: EngineStatus) => void) => LocalRuntime,
): void {
  const running = new Map<number, Run>();
  const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void => {
    port.postMessage(message, transfer);
  };
  const runtime = start((status) => {
    send({ type: 'engine', status });
  });

  async function tellEngine(id: number): Promise<void> {
    try {
      send({ type: 'engine', id, status: await runtime.status() });
    } catch (thrown) {
      send({ type: 'failed', id, failure: failureOf(thrown) });
    }
  }

  async function render(
    { id, prepared, attempt, checkpoint }: Extract<ToWorker, { type: 'render' }>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const result = await runtime.attempt(prepared, attempt, {
        signal,
        ...(checkpoint ? { checkpoint } : {}),
        onFrame(frame) {
          send({ type: 'frame', id, frame }, [frame.image.data.buffer as ArrayBuffer]);
        },
        onActivity() {
          send({ type: 'active', id });
        },
        onWarning(sentence) {
          send({ type: 'warning', id, sentence });
        },
      });
      send({ type: 'done', id, result }, buffersOf(result));
    } catch (thrown) {
      send({ type: 'failed', id, failure: failureOf(thrown) });
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
    switch (message.type) {
      case 'engine':
        void tellEngine(message.id);
        break;
      case 'render': {
        const abort = new AbortController();
        running.set(message.id, { abort, over: render(message, abort.signal) });
        break;
      }
      case 'abort':
        running.get(message.id)?.abort.abort();
        break;
      case 'end':
        void end();
        break;
    }
  });
}

/** The memory of a result's pictures, which is handed over instead of copied. */
function buffersOf({ image, animation }: RenderResult): ArrayBuffer[] {
  const pictures = [image, ...(animation?.frames ?? [])];
  return [...new Set(pictures.map(({ data }) => data.buffer as ArrayBuffer))];
}

function failureOf(thrown: unknown): Failure {
  const { code, sentence, details, cause } = toReverieError(thrown);
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause ?? '');
  return { code, sentence, details, cause: text };
}
