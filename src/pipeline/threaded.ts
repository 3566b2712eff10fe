/** A renderer whose steps run in a worker thread, so that whoever asks keeps an idle event loop. */
import { Worker } from 'node:worker_threads';
import { ReverieError } from '../errors.js';
import type { RenderOptions, RenderRequestInput, RenderResult, Renderer } from './contract.js';
import type { FromWorker, ToWorker } from './protocol.js';
import { createRenderer, type PipelineOptions } from './render.js';

interface Pending {
  readonly options: RenderOptions;
  readonly resolve: (result: RenderResult) => void;
  readonly reject: (error: ReverieError) => void;
}

function startWorker(options: PipelineOptions): Worker {
  const file = import.meta.url.endsWith('.ts') ? './worker-from-source.mjs' : './worker.js';
  return new Worker(new URL(file, import.meta.url), { workerData: options, execArgv: [] });
}

export function createThreadedRenderer(options: PipelineOptions = {}): Renderer {
  // Headers, plans and encodings are asynchronous by themselves; only the steps go to the worker.
  const local = createRenderer(options);
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let count = 0;

  const lost = (cause: unknown): void => {
    worker = undefined;
    for (const { reject } of pending.values())
      reject(
        new ReverieError('render-failed', 'The painting machine stopped unexpectedly; please try again.', {
          cause,
        }),
      );
    pending.clear();
  };

  const receive = (message: FromWorker): void => {
    const job = pending.get(message.id);
    if (!job) return;
    if (message.type === 'frame') {
      job.options.onFrame?.(message.frame);
      return;
    }
    pending.delete(message.id);
    if (message.type === 'done') {
      job.resolve(message.result);
      return;
    }
    const { code, sentence, details, cause } = message.failure;
    job.reject(new ReverieError(code, sentence, { details, cause }));
  };

  const running = (): Worker => {
    if (worker) return worker;
    const started = startWorker(options);
    worker = started;
    started.on('message', receive);
    started.on('error', lost);
    started.on('exit', (code) => {
      if (worker === started) lost(`the worker thread ended with ${code}`);
    });
    return started;
  };

  const render = (request: RenderRequestInput, run: RenderOptions = {}): Promise<RenderResult> =>
    new Promise((resolve, reject) => {
      if (run.signal?.aborted) {
        reject(new ReverieError('aborted', 'That run was cancelled.'));
        return;
      }
      const id = ++count;
      const thread = running();
      const post = (message: ToWorker): void => {
        thread.postMessage(message);
      };
      const abort = (): void => {
        post({ type: 'abort', id });
      };
      const settled = <T>(settle: (value: T) => void) => {
        return (value: T): void => {
          run.signal?.removeEventListener('abort', abort);
          settle(value);
        };
      };
      run.signal?.addEventListener('abort', abort, { once: true });
      pending.set(id, { options: run, resolve: settled(resolve), reject: settled(reject) });
      post({ type: 'render', id, request });
    });

  return {
    ...local,
    render,
    async close() {
      const thread = worker;
      worker = undefined;
      await thread?.terminate();
      lost('the renderer was closed');
    },
  };
}
