/** A bot process whose renderer hangs at the first step in a native call that nothing can interrupt. */
import { Worker } from 'node:worker_threads';
import { startBot } from '../src/bot/bot.js';
import { JobQueue } from '../src/jobs/queue.js';
import { createLogger } from '../src/logger.js';
import { createThreadedRenderer } from '../src/pipeline/runtime/worker-thread.js';
import { createPresets } from '../src/styles/presets.js';
import { Shutdown } from '../src/shutdown.js';
import { openStorage } from '../src/storage/storage.js';

const [api, token, folder, stallMs] = process.argv.slice(2) as [string, string, string, string];
const shutdown = new Shutdown();
shutdown.listen();

// Waits for the end of this process' standard input, which the test keeps open.
const hanging = `
  const { spawnSync } = require('node:child_process');
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ type, id }) => {
    if (type === 'engine')
      parentPort.postMessage({ type, id, status: { engine: 'tiny', device: 'cpu', reason: 'a test' } });
    if (type === 'render') spawnSync('cat', { stdio: ['inherit', 'ignore', 'ignore'] });
  });`;
const log = createLogger({ level: 'info', token });
const storage = openStorage(folder, log);
const renderer = createThreadedRenderer(
  { engine: 'onnx', device: 'cpu' },
  {
    start: () => new Worker(hanging, { eval: true }),
    stallMs: Number(stallMs),
    onHang(finding) {
      void shutdown.hang(finding);
    },
  },
);
const queue = new JobQueue({ renderer, log, journal: storage });
shutdown.add({ log, storage, renderer, queue });
const bot = await startBot({
  ...{ api, token, renderer, queue, log },
  presets: createPresets(),
  repository: storage,
});
shutdown.add({ bot });
