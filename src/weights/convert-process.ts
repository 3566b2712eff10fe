/** The subprocess of `convert.ts`: reads a file that may be hostile, where it can be killed. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { errorMessage } from '../errors.js';
import { convertFile, type Conversion } from './convert-file.js';

interface Task {
  readonly conversion: Conversion;
  /** The most memory that the process may use, Node itself included. */
  readonly bytes: number;
}

/**
 * Kills the process when it uses too much memory. A worker thread checks that, because reading may block this one.
 * Resolves once the checks run.
 */
async function limitMemory(bytes: number): Promise<void> {
  const watcher = `
    const check = () => { if (process.memoryUsage.rss() > ${bytes}) process.kill(process.pid, 'SIGKILL'); };
    check();
    setInterval(check, 50);
    require('node:worker_threads').parentPort.postMessage('checking');`;
  await once(new Worker(watcher, { eval: true }), 'message');
}

async function run({ conversion, bytes }: Task): Promise<{ reason?: string }> {
  try {
    await limitMemory(bytes);
    await convertFile(conversion);
    return {};
  } catch (thrown) {
    return { reason: errorMessage(thrown) };
  }
}

process.once('disconnect', () => process.exit());
process.once('message', (task: Task) => {
  void run(task).then((result) => process.send!(result));
});
