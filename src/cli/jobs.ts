/** `reverie jobs`: lists, inspects, retries and exports jobs for the operator, also while the bot is running. */
import type { Command } from 'commander';
import { pino } from 'pino';
import { loadConfig } from '../config.js';
import { ReverieError } from '../errors.js';
import type { StoredJob } from '../storage/job-rows.js';
import { openExistingStorage, type Storage } from '../storage/storage.js';
import { number } from './options.js';

const NEWEST = 20;

/** Opens the storage for as long as `work` takes. */
async function withStore<T>(work: (store: Storage) => T | Promise<T>): Promise<T> {
  const store = openExistingStorage(loadConfig().dataDir, pino({ level: 'silent' }));
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

async function found(store: Storage, id: string): Promise<StoredJob> {
  const job = await store.job(id);
  if (job) return job;
  throw new ReverieError('nothing-to-show', `There is no job ${id}.`);
}

const line = ({ id, state, code, attempts, createdAt, plan, guildId, userId }: StoredJob): string =>
  [
    id,
    (code === undefined ? state : `${state} (${code})`).padEnd(24),
    createdAt.toISOString(),
    `${plan.kind} ${plan.network} ${plan.width}×${plan.height}`,
    `attempts ${attempts}`,
    `guild ${guildId ?? '-'}`,
    `user ${userId}`,
  ].join('  ');

async function retry(id: string): Promise<void> {
  await withStore(async (store) => {
    const { state } = await found(store, id);
    if (state !== 'failed' && state !== 'cancelled')
      throw new ReverieError(
        'invalid-parameter',
        `Job ${id} is ${state}; only failed and cancelled jobs can be retried.`,
      );
    store.recordState(id, 'queued');
    console.log(`${id}: queued again; the bot picks it up the next time it starts`);
  });
}

export function addJobs(program: Command): void {
  const jobs = program.command('jobs').description('list, inspect, retry and export jobs');

  jobs
    .command('list')
    .description('list jobs, newest first')
    .option('--limit <n>', 'number of jobs', number, NEWEST)
    .action(({ limit }: { limit: number }) =>
      withStore((store) => {
        for (const job of store.newest(Math.floor(limit))) console.log(line(job));
      }),
    );

  jobs
    .command('show')
    .description('print everything stored about a job as JSON, with pictures as SHA-256 hashes')
    .argument('<id>', 'job id')
    .action((id: string) =>
      withStore(async (store) => {
        await found(store, id);
        console.log(JSON.stringify(store.record(id), undefined, 1));
      }),
    );

  jobs
    .command('retry')
    .description('queue a failed or cancelled job again')
    .argument('<id>', 'job id')
    .action(retry);

  jobs
    .command('export')
    .description('copy the database and pictures to a folder; safe while the bot is running')
    .argument('<folder>', 'new or empty folder, which can then be used as DATA_DIR')
    .action((folder: string) =>
      withStore(async (store) => {
        await store.exportTo(folder);
        console.log(`exported to ${folder}`);
      }),
    );
}
