/** A renderer whose steps run in a worker thread, so that whoever asks keeps an idle event loop. */
import { Worker } from 'node:worker_threads';
import { ReverieError } from '../../errors.js';
import type { RenderOptions, RenderResult, Renderer } from '../renderer.js';
import type { RenderRequestInput } from '../requests.js';
import type { FromWorker, ToWorker } from './protocol.js';
import { createRenderer, type PipelineOptions } from './local.js';

interface Pending {
  /** Told of every message of the run. */
  readonly alive: () => void;
  readonly options: RenderOptions;
  readonly resolve: (result: RenderResult) => void;
  readonly reject: (error: ReverieError) => void;
}

function startWorker(options: PipelineOptions): Worker {
  const file = import.meta.url.endsWith('.ts') ? './worker-from-source.mjs' : './worker.js';
  return new Worker(new URL(file, import.meta.url), { workerData: options, execArgv: [] });
}

export interface ThreadOptions {
  readonly start?: () => Worker;
  /** A run that shows no activity for so long hangs. */
  readonly stallMs?: number;
  /**
   * Told once that a run hangs. Its thread cannot be ended from within the process: a native call that returns into a
   * terminated thread aborts the whole process. So the run stays unsettled, and the process has to end.
   */
  readonly onHang?: (finding: string) => void;
}

const LOST = 'thread-lost';
/** A hang is counted in ticks of a clock: a process that was frozen for minutes misses them, and accuses nobody. */
const TICKS = 10;

const cancelled = () => new ReverieError('aborted', 'That picture was cancelled.');

/** A thread that crashed is started anew and its run repeated, once. */
export function createThreadedRenderer(options: PipelineOptions = {}, thread: ThreadOptions = {}): Renderer {
  const { start = () => startWorker(options), stallMs = 5 * 60_000, onHang } = thread;
  // Headers, plans and encodings are asynchronous by themselves; only the steps go to the worker.
  const local = createRenderer(options);
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let count = 0;
  let closed = false;
  let hung = false;

  const lost = (cause: unknown): void => {
    worker = undefined;
    for (const { reject } of pending.values())
      reject(
        new ReverieError('render-failed', 'Painting stopped unexpectedly. Please try again.', {
          cause,
          details: { reason: LOST },
        }),
      );
    pending.clear();
  };

  const receive = (message: FromWorker): void => {
    const job = pending.get(message.id);
    if (!job) return;
    job.alive();
    if (message.type === 'active') return;
    if (message.type === 'frame') {
      job.options.onFrame?.(message.frame);
      return;
    }
    if (message.type === 'warning') {
      job.options.onWarning?.(message.sentence);
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
    const started = start();
    worker = started;
    started.on('message', receive);
    started.on('error', (cause) => {
      if (worker === started) lost(cause);
    });
    started.on('exit', (code) => {
      if (worker === started) lost(`the worker thread exited with code ${code}`);
    });
    return started;
  };

  const hang = (): void => {
    if (hung) return;
    hung = true;
    onHang?.(`a step did not finish within ${stallMs / 1000} seconds`);
  };

  /** Settles only when the thread says that the run is over, or is gone: until then it may be inside the engine. */
  const attempt = (request: RenderRequestInput, run: RenderOptions): Promise<RenderResult> =>
    new Promise((resolve, reject) => {
      if (closed || run.signal?.aborted) {
        reject(cancelled());
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
          clearInterval(watchdog);
          run.signal?.removeEventListener('abort', abort);
          settle(value);
        };
      };
      run.signal?.addEventListener('abort', abort, { once: true });
      let idle = 0;
      const watchdog = setInterval(() => {
        if (++idle > TICKS) hang();
      }, stallMs / TICKS);
      const alive = (): void => {
        idle = 0;
      };
      pending.set(id, { alive, options: run, resolve: settled(resolve), reject: settled(reject) });
      post({ type: 'render', id, request });
    });

  const render = async (request: RenderRequestInput, run: RenderOptions = {}): Promise<RenderResult> => {
    try {
      return await attempt(request, run);
    } catch (thrown) {
      if (closed || run.signal?.aborted || !isLost(thrown)) throw thrown;
      return attempt(request, run);
    }
  };

  return {
    ...local,
    render,
    async close() {
      closed = true;
      const thread = worker;
      if (!thread) return;
      await new Promise((ended) => {
        const message: ToWorker = { type: 'end' };
        thread.once('exit', ended).postMessage(message);
      });
    },
  };
}

const isLost = (thrown: unknown): boolean => thrown instanceof ReverieError && thrown.details.reason === LOST;
