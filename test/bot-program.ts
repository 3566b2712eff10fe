/** The program that `spawnBot` starts: a real client, queue and storage, and a renderer that only waits. */
import { startBot } from '../src/bot/bot.js';
import { JobQueue } from '../src/jobs/queue.js';
import { createLogger } from '../src/logger.js';
import type { RenderResult } from '../src/pipeline/renderer.js';
import { createPresets } from '../src/styles/presets.js';
import { openStorage } from '../src/storage/storage.js';
import { TinyRenderer } from './tiny-renderer.js';
import type { BotMessage } from './bot-process.js';

const send = (message: BotMessage): void => {
  process.send?.(message);
};
const [api, token, folder, stepMs = '30'] = process.argv.slice(2) as [string, string, string, string?];
const log = createLogger({ level: process.env.LOG_LEVEL ?? 'error', token });
const storage = openStorage(folder, log);

/** Keeps no record of requests, which would look like a memory leak in a long run. */
class ForgetfulRenderer extends TinyRenderer {
  override async render(...args: Parameters<TinyRenderer['render']>): Promise<RenderResult> {
    const result = await super.render(...args);
    this.requests.length = 0;
    this.rendered.length = 0;
    return result;
  }
}

const renderer = new ForgetfulRenderer({ stepMs: Number(stepMs) });
const queue = new JobQueue({ renderer, log, journal: storage, maxPerLane: 1000, maxPerUser: 1000 });
await startBot({
  token,
  api,
  progressIntervalMs: 100,
  commandsPerMinute: 1_000_000,
  renderer,
  presets: createPresets(),
  queue,
  repository: storage,
  log,
});
const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
process.on('message', () => {
  const { running, waiting } = queue.snapshot();
  const memory = process.memoryUsage();
  send({
    usage: {
      heap: megabytes(memory.heapUsed),
      external: megabytes(memory.external),
      resources: process.getActiveResourcesInfo().length,
      slots: queue.lanes + waiting.length + (running ? 1 : 0),
    },
  });
});
send({ ready: true });
