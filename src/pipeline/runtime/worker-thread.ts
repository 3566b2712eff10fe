/** Renders in a worker thread, so that the thread that asks keeps an idle event loop. */
import { Worker } from 'node:worker_threads';
import { ReverieError } from '../../errors.js';
import { WeightStore } from '../networks/weight-store.js';
import { prepare } from '../prepare/index.js';
import type { PreparedRequest } from '../prepared-run.js';
import type { RenderOptions, RenderResult, Renderer } from '../renderer.js';
import { networkStatus, type EngineStatus } from './capabilities.js';
import type { PipelineOptions } from './local.js';
import type { FromWorker, ToWorker } from './protocol.js';
import { THREAD_LOST, withRetries, type Attempt } from './retry.js';

export interface ThreadOptions {
  /** Starts the worker thread; for tests. */
  readonly start?: () => Worker;
  /** A run that shows no activity for so long hangs, in milliseconds. */
  readonly stallMs?: number;
  /**
   * Called once when a run hangs. Its thread cannot be terminated from within the process: a native call that returns
   * into a terminated thread aborts the whole process. So the run stays unsettled, and the process has to end.
   */
  readonly onHang?: (finding: string) => void;
}

/** A worker thread is lost when it crashes or ends by itself; then its runs are rejected, and the next one starts anew. */
export function createThreadedRenderer(options: PipelineOptions = {}, thread: ThreadOptions = {}): Renderer {
  const { start = () => startWorker(options), stallMs = 5 * 60_000, onHang } = thread;
  const weightStore = new WeightStore(options.modelsDir);
  const worker = new WorkerClient(start, stallMs, onHang);
  return {
    capabilities: async () => ({ ...(await worker.engine()), ...(await networkStatus(weightStore)) }),
    // Asynchronous by itself: it reads headers only.
    prepare: (request) => prepare(request, weightStore),
    render: (prepared, run = {}) => withRetries((attempt) => worker.attempt(prepared, attempt, run), run),
    close: () => worker.close(),
  };
}

function startWorker(options: PipelineOptions): Worker {
  const file = import.meta.url.endsWith('.ts') ? './worker-from-source.mjs' : './worker.js';
  return new Worker(new URL(file, import.meta.url), { workerData: options, execArgv: [] });
}

/** A question to the thread that waits for its answer. */
interface Pending {
  /** Called on every message about it. */
  readonly onMessage: (message: FromWorker) => void;
  readonly resolve: (answer: FromWorker) => void;
  readonly reject: (error: ReverieError) => void;
}

/** A hang is counted in ticks of a clock: a process that was frozen for minutes misses them, and accuses nobody. */
const TICKS = 10;

const cancelled = () => new ReverieError('aborted', 'That picture was cancelled.');

const lost = (cause: unknown): ReverieError =>
  new ReverieError('render-failed', 'Painting stopped unexpectedly. Please try again.', {
    cause,
    details: { reason: THREAD_LOST },
  });

/** The asking thread's side of the protocol. */
class WorkerClient {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  /** Which engine the thread runs on, asked once and kept up to date by the thread. */
  #engine: Promise<EngineStatus> | undefined;
  #count = 0;
  #closed = false;
  #hung = false;

  constructor(
    private readonly start: () => Worker,
    private readonly stallMs: number,
    private readonly onHang: ThreadOptions['onHang'],
  ) {}

  /** @throws ReverieError `invalid-configuration` where the engine that was asked for does not work */
  engine(): Promise<EngineStatus> {
    this.#engine ??= this.#ask((id) => ({ type: 'engine', id })).then((answer) => {
      if (answer.type !== 'engine') throw new Error(`'${answer.type}' does not answer 'engine'`);
      return answer.status;
    });
    return this.#engine;
  }

  /** Settles only when the thread says that the run is over, or is gone: until then it may be inside the engine. */
  async attempt(
    prepared: PreparedRequest,
    attempt: Attempt,
    { checkpoint, signal, onFrame, onWarning }: RenderOptions,
  ): Promise<RenderResult> {
    if (signal?.aborted) throw cancelled();
    let abort: (() => void) | undefined;
    try {
      const answer = await this.#ask(
        (id) => {
          abort = () => {
            this.#post({ type: 'abort', id });
          };
          signal?.addEventListener('abort', abort, { once: true });
          return { type: 'render', id, prepared, attempt, checkpoint };
        },
        (message) => {
          if (message.type === 'frame') onFrame?.(message.frame);
          if (message.type === 'warning') onWarning?.(message.sentence);
        },
      );
      if (answer.type !== 'done') throw new Error(`'${answer.type}' does not answer 'render'`);
      return answer.result;
    } finally {
      if (abort) signal?.removeEventListener('abort', abort);
    }
  }

  /** Aborts what runs, and resolves once the thread has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (!worker) return;
    await new Promise((ended) => {
      worker.once('exit', ended);
      this.#post({ type: 'end' });
    });
  }

  /** @param onMessage is called on every message until the answer, which is the last */
  async #ask(
    question: (id: number) => ToWorker,
    onMessage: (message: FromWorker) => void = () => undefined,
  ): Promise<FromWorker> {
    if (this.#closed) throw cancelled();
    const id = ++this.#count;
    this.#worker ??= this.#startWorker();
    let idle = 0;
    const watchdog = setInterval(() => {
      if (++idle > TICKS) this.#hang();
    }, this.stallMs / TICKS);
    const answered = new Promise<FromWorker>((resolve, reject) => {
      const heard = (message: FromWorker): void => {
        idle = 0;
        onMessage(message);
      };
      this.#pending.set(id, { onMessage: heard, resolve, reject });
    });
    this.#post(question(id));
    return answered.finally(() => {
      clearInterval(watchdog);
    });
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #startWorker(): Worker {
    const worker = this.start();
    const lose = (cause: unknown): void => {
      if (this.#worker === worker) this.#lose(cause);
    };
    worker.on('message', (message: FromWorker) => {
      this.#receive(message);
    });
    worker.on('error', lose);
    worker.on('exit', (code) => {
      lose(`the worker thread exited with code ${code}`);
    });
    return worker;
  }

  /** The next thread chooses its engine anew. */
  #lose(cause: unknown): void {
    this.#worker = undefined;
    this.#engine = undefined;
    for (const { reject } of this.#pending.values()) reject(lost(cause));
    this.#pending.clear();
  }

  #receive(message: FromWorker): void {
    if (message.type === 'engine') this.#engine = Promise.resolve(message.status);
    const pending = message.id === undefined ? undefined : this.#pending.get(message.id);
    if (!pending) return;
    pending.onMessage(message);
    if (message.type === 'frame' || message.type === 'active' || message.type === 'warning') return;
    this.#pending.delete(message.id!);
    if (message.type === 'failed') {
      const { code, sentence, details, cause } = message.failure;
      pending.reject(new ReverieError(code, sentence, { details, cause }));
    } else pending.resolve(message);
  }

  #hang(): void {
    if (this.#hung) return;
    this.#hung = true;
    this.onHang?.(`a step did not finish within ${this.stallMs / 1000} seconds`);
  }
}
