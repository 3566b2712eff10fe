/** The half of a conversion that runs in a process of its own, where a hostile file can be cut off. */
import { Worker } from 'node:worker_threads';
import { convertFile, type Conversion } from './conversion.js';
import { reasonOf } from './reason.js';

/** The reading thread may be busy for long, so another one looks at the memory. */
const watch = (bytes: number) =>
  new Worker(
    `setInterval(() => { if (process.memoryUsage.rss() > ${bytes}) process.kill(process.pid, 'SIGKILL'); }, 50)`,
    { eval: true },
  );

process.once('disconnect', () => process.exit());
process.once('message', ({ conversion, bytes }: { conversion: Conversion; bytes: number }) => {
  watch(bytes);
  void convertFile(conversion)
    .then(() => ({ done: true }))
    .catch((thrown: unknown) => ({ reason: reasonOf(thrown) }))
    .then((answer) => process.send!(answer));
});
