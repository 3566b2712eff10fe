/** What Prometheus counts. */
import { RESTEvents, type REST } from 'discord.js';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { JobState } from '../jobs/job.js';
import type { ErrorCode } from '../errors.js';
import type { Renderer } from '../pipeline/renderer.js';

const SECONDS = [0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 600, 1800];

/** Contains no names, pictures or texts of members. */
export class Metrics {
  readonly registry = new Registry();
  readonly #ended = new Counter({
    name: 'reverie_jobs_ended_total',
    help: 'Finished jobs by final state and error code',
    labelNames: ['state', 'code'],
    registers: [this.registry],
  });
  readonly #wait = this.#histogram('reverie_job_wait_seconds', 'Seconds from acceptance to the first step');
  readonly #render = this.#histogram(
    'reverie_job_render_seconds',
    'Seconds from the first step to the finished picture',
  );
  readonly #frames = this.#counter('reverie_frames_total', 'Optimisation steps computed');
  readonly #edits = this.#counter('reverie_edits_total', 'Message edits that Discord accepted');
  readonly #limited = this.#counter('reverie_discord_429_total', 'Requests that Discord rate-limited');
  /** When unfinished jobs were queued and started, in seconds. */
  readonly #started = new Map<string, { readonly queued: number; running?: number }>();

  /** @param countByState how many jobs are in each state now */
  constructor(countByState: () => Readonly<Partial<Record<JobState, number>>>) {
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'reverie_jobs',
      help: 'Jobs by state',
      labelNames: ['state'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [state, count] of Object.entries(countByState())) this.set({ state }, count);
      },
    });
  }

  /** Wraps a renderer to count its frames. */
  countFrames(renderer: Pick<Renderer, 'render'>): Pick<Renderer, 'render'> {
    return {
      render: (prepared, run = {}) =>
        renderer.render(prepared, {
          ...run,
          onFrame: (frame) => {
            this.#frames.inc();
            run.onFrame?.(frame);
          },
        }),
    };
  }

  /**
   * Reports the memory in use on an accelerator, for as long as renders run on one. That of the process is among the
   * default metrics.
   * @param currentDevice the device that renders run on at the moment
   */
  reportDeviceMemory(
    currentDevice: () => Promise<string>,
    usedBytes: () => Promise<number | undefined>,
  ): void {
    new Gauge({
      name: 'reverie_device_memory_bytes',
      help: 'Device memory in use by all programs, as reported by the driver',
      labelNames: ['device'],
      registers: [this.registry],
      async collect() {
        this.reset();
        const device = await currentDevice();
        if (device === 'cpu') return;
        const bytes = await usedBytes();
        if (bytes !== undefined) this.set({ device }, bytes);
      },
    });
  }

  /** Counts Discord's responses. */
  countResponses(rest: REST): void {
    rest.on(RESTEvents.Response, ({ method, path }, { status }) => {
      if (status === 429) this.#limited.inc();
      else if (method === 'PATCH' && path.includes('/messages/') && status < 300) this.#edits.inc();
    });
  }

  /** Called at every change of a job's state. */
  recordState(id: string, state: JobState, code?: ErrorCode): void {
    const now = performance.now() / 1000;
    const started = this.#started.get(id);
    if (state === 'queued') this.#started.set(id, { queued: now });
    else if (state === 'running') {
      if (started) this.#wait.observe(now - started.queued);
      this.#started.set(id, { queued: started?.queued ?? now, running: now });
    } else if (state === 'delivering') {
      if (started?.running !== undefined && code === undefined) this.#render.observe(now - started.running);
    } else {
      this.#started.delete(id);
      this.#ended.inc({ state, code: code ?? '' });
    }
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }

  #histogram(name: string, help: string): Histogram {
    return new Histogram({ name, help, buckets: SECONDS, registers: [this.registry] });
  }
}
