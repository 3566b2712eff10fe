/** `/healthz` and Prometheus metrics, for the operator's own machine only. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RESTEvents, type REST } from 'discord.js';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { JobState } from '../jobs/job.js';
import type { ErrorCode } from '../errors.js';
import type { Renderer } from '../pipeline/renderer.js';

const SECONDS = [0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 600, 1800];

/** What is counted. Nobody's name, picture or words are among it. */
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
  readonly #began = new Map<string, { readonly queued: number; running?: number }>();

  /** @param states how many jobs are in which state now */
  constructor(states: () => Readonly<Partial<Record<JobState, number>>>) {
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'reverie_jobs',
      help: 'Jobs by state',
      labelNames: ['state'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [state, count] of Object.entries(states())) this.set({ state }, count);
      },
    });
  }

  /** The renderer, with its frames counted. */
  watched(renderer: Pick<Renderer, 'render'>): Pick<Renderer, 'render'> {
    return {
      render: (request, run = {}) =>
        renderer.render(request, {
          ...run,
          onFrame: (frame) => {
            this.#frames.inc();
            run.onFrame?.(frame);
          },
        }),
    };
  }

  /** Tells the memory in use on an accelerator; the process' own stands among Prometheus' usual figures. */
  watchDevice(device: string, memory: () => Promise<number | undefined>): void {
    new Gauge({
      name: 'reverie_device_memory_bytes',
      help: 'Device memory in use by all programs, as reported by the driver',
      labelNames: ['device'],
      registers: [this.registry],
      async collect() {
        this.reset();
        const bytes = await memory();
        if (bytes !== undefined) this.set({ device }, bytes);
      },
    });
  }

  /** Counts what Discord answers. */
  listen(rest: REST): void {
    rest.on(RESTEvents.Response, ({ method, path }, { status }) => {
      if (status === 429) this.#limited.inc();
      else if (method === 'PATCH' && path.includes('/messages/') && status < 300) this.#edits.inc();
    });
  }

  /** Told of every change of a job's state. */
  recordState(id: string, state: JobState, code?: ErrorCode): void {
    const now = performance.now() / 1000;
    const begun = this.#began.get(id);
    if (state === 'queued') this.#began.set(id, { queued: now });
    else if (state === 'running') {
      if (begun) this.#wait.observe(now - begun.queued);
      this.#began.set(id, { queued: begun?.queued ?? now, running: now });
    } else if (state === 'delivering') {
      if (begun?.running !== undefined && code === undefined) this.#render.observe(now - begun.running);
    } else {
      this.#began.delete(id);
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

export interface Health {
  readonly url: string;
  close(): Promise<void>;
}

/** @param ailment what is wrong at this moment, if anything is: 503 instead of 200 */
export async function serveHealth(
  port: number,
  metrics: Metrics,
  ailment: () => string | undefined,
): Promise<Health> {
  const server = createServer((request, response) => {
    if (request.url === '/healthz') {
      const wrong = ailment();
      response.writeHead(wrong === undefined ? 200 : 503).end(`${wrong ?? 'ok'}\n`);
    } else if (request.url === '/metrics')
      metrics.registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    else response.writeHead(404).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
