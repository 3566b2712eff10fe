/** The half of a conversion that runs in a process of its own, where a hostile file can be cut off. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { convertFile, type Conversion } from './conversion.js';
import { errorMessage } from '../error-message.js';

interface Task {
  readonly conversion: Conversion;
  /** What the process may take, Node and all. */
  readonly bytes: number;
}

/** Stands when the promise is kept. The reading thread may be busy for long, so another one looks at the memory. */
async function watch(bytes: number): Promise<void> {
  const looking = `
    const look = () => { if (process.memoryUsage.rss() > ${bytes}) process.kill(process.pid, 'SIGKILL'); };
    look();
    setInterval(look, 50);
    require('node:worker_threads').parentPort.postMessage('looking');`;
  await once(new Worker(looking, { eval: true }), 'message');
}

async function answer({ conversion, bytes }: Task): Promise<{ reason?: string }> {
  try {
    await watch(bytes);
    await convertFile(conversion);
    return {};
  } catch (thrown) {
    return { reason: errorMessage(thrown) };
  }
}

process.once('disconnect', () => process.exit());
process.once('message', (task: Task) => {
  void answer(task).then((told) => process.send!(told));
});
