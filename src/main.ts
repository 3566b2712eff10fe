/** Composition root: configuration → pipeline → queue → bot, and the sandbox where there is no Discord. */
import path from 'node:path';
import { startBot } from './bot/bot.js';
import { inviteLink } from './bot/client/invite.js';
import { loadConfig, type Config } from './config.js';
import { deviceMemory } from './monitoring/device-memory.js';
import { ReverieError, toReverieError } from './errors.js';
import { Metrics, serveHealth } from './monitoring/health.js';
import { JobQueue } from './jobs/queue.js';
import { createLogger, type Logger } from './logger.js';
import { readManifest } from './weights/manifest.js';
import { pullOnStart } from './weights/pull-on-start.js';
import { createWeightInstaller } from './weights/installer.js';
import { createThreadedRenderer } from './pipeline/runtime/worker-thread.js';
import { portError } from './port-error.js';
import { createPresets } from './styles/presets.js';
import { drawScene, SCENE_NAMES } from './styles/scenes/index.js';
import { StyleLibrary } from './styles/style-library.js';
import { paintSamples } from './samples.js';
import { startSandbox, type Sandbox } from './sandbox/index.js';
import { EXIT, Shutdown, type Parts } from './shutdown.js';
import { lockDataFolder } from './storage/data-folder.js';
import { openStorage, type Storage } from './storage/storage.js';

const HOUR_MS = 3_600_000;

const parts: Parts = {};
const shutdown = new Shutdown(parts);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const openSandbox = (config: Config): Promise<Sandbox> =>
  startSandbox({
    port: config.sandboxPort,
    samples: SCENE_NAMES.map((name) => ({
      name: `${name}.png`,
      title: name === 'landscape' ? 'A lake in the mountains' : 'A portrait',
      bytes: () => drawScene(name),
    })),
  }).catch((thrown: unknown) => {
    const sentence = portError('SANDBOX_PORT', config.sandboxPort, thrown);
    throw sentence === undefined
      ? thrown
      : new ReverieError('invalid-configuration', sentence, { cause: thrown });
  });

/** Picture files that a process that was killed wrote and no row names. The folder's lock keeps other writers away. */
function deleteOrphans(store: Storage, log: Logger): void {
  try {
    const files = store.deleteOrphans();
    if (files > 0) log.info({ files }, 'deleted picture files that no job uses');
  } catch (thrown) {
    log.error({ err: thrown }, 'picture files that no job uses could not be deleted');
  }
}

async function start(config: Config, log: Logger): Promise<void> {
  const lock = lockDataFolder(config.dataDir);
  parts.log = log;
  const store = openStorage(config.dataDir, log);
  const metrics = new Metrics(() => store.countByState());
  const renderer = createThreadedRenderer(
    {
      modelsDir: config.modelsDir,
      engine: config.engine,
      device: config.device,
      maxPixels: config.maxPixels,
    },
    {
      onHang(finding) {
        void shutdown.hang(finding);
      },
    },
  );
  const presets = createPresets(new StyleLibrary(config.stylesDir));
  const queue = new JobQueue({
    renderer: metrics.watched(renderer),
    log,
    journal: {
      recordState(id, state, code) {
        metrics.recordState(id, state, code);
        store.recordState(id, state, code);
      },
    },
    maxPerLane: config.maxJobsPerGuild,
    maxPerUser: config.maxJobsPerUser,
    timeLimitSeconds: config.jobTimeLimitSeconds,
  });
  Object.assign(parts, { renderer, queue });
  parts.store = {
    close() {
      store.close();
      lock.release();
    },
  };
  const { engine, device, reason } = await renderer.capabilities();
  log.info({ engine, device }, reason);
  if (device !== 'cpu') metrics.watchDevice(device, deviceMemory);
  const networks = createWeightInstaller({
    folder: config.modelsDir,
    mirrors: config.modelsMirrors,
    manifest: await readManifest(),
  });
  const sandbox = config.discordToken === undefined ? await openSandbox(config) : undefined;
  if (sandbox) parts.sandbox = sandbox;
  const bot = await startBot({
    token: config.discordToken ?? sandbox!.token,
    api: sandbox?.api ?? config.discordApi,
    maxAttachmentBytes: config.maxAttachmentBytes,
    downloadMs: config.downloadMs,
    progressIntervalMs: config.progressIntervalMs,
    maxAttempts: config.maxAttempts,
    commandsPerMinute: config.maxCommandsPerMinute,
    timeLimits: {
      perJob: config.jobTimeLimitSeconds,
      perUser: config.maxSecondsPerUser,
      perGuild: config.maxSecondsPerGuild,
    },
    renderer,
    presets,
    queue,
    repository: store,
    lists: { operators: config.operators, blocked: config.blocked },
    log,
  });

  parts.bot = bot;
  if (sandbox) say(`Reverie is running in its sandbox. Open ${sandbox.url} to use it.`);
  else log.info(`Invite the bot with this link: ${inviteLink(bot.client)}`);
  metrics.listen(bot.client.rest);
  parts.health = await serveHealth(config.healthPort, metrics, () =>
    bot.client.isReady() ? undefined : 'not connected to Discord',
  ).catch((thrown: unknown) => {
    const sentence = portError('HEALTH_PORT', config.healthPort, thrown);
    log.warn(
      sentence === undefined ? { err: thrown } : {},
      `Health and metrics are not served. ${sentence ?? 'Their server did not start.'}`,
    );
    return undefined;
  });
  void pullOnStart(networks, config.modelsPull, log, shutdown.signal);
  const makeRoom = () => {
    try {
      const gone = store.retain({ maxBytes: config.diskLimitBytes, maxAgeMs: config.keepMs });
      if (gone > 0) log.info({ jobs: gone }, 'deleted old results to free space');
    } catch (thrown) {
      log.error({ err: thrown }, 'old results could not be deleted; trying again later');
    }
  };
  deleteOrphans(store, log);
  makeRoom();
  const housekeeping = setInterval(makeRoom, HOUR_MS / 4);
  shutdown.signal.addEventListener('abort', () => {
    clearInterval(housekeeping);
  });
  void bot.shutOut.then((reason) => {
    log.fatal(`${reason} Finished pictures will be delivered after the next start.`);
    void shutdown.begin('shut out', EXIT.shutOut);
  });

  if (!sandbox) return;
  await paintSamples(sandbox, path.join(config.dataDir, 'samples'), say).catch((thrown: unknown) => {
    if (!shutdown.signal.aborted) log.warn({ err: thrown }, 'the samples could not be painted');
  });
}

shutdown.listen();
try {
  const config = loadConfig();
  await start(config, createLogger({ level: config.logLevel, token: config.discordToken }));
} catch (thrown) {
  // What was about to start may fail because everything is being stopped.
  if (!shutdown.signal.aborted) {
    const error = toReverieError(thrown);
    process.stderr.write(`${error.sentence}\n`);
    if (error.code === 'internal') process.stderr.write(`${String(error.cause)}\n`);
    await shutdown.begin('the start failed', 1);
  }
}
