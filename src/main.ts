/** Composition root: storage → renderer → queue → bot, and the sandbox where there is no Discord. */
import path from 'node:path';
import { startBot } from './bot/bot.js';
import { inviteLink } from './bot/client/invite.js';
import { explainPortError, loadConfig, type Config } from './config.js';
import { toReverieError } from './errors.js';
import { JobQueue } from './jobs/queue.js';
import { createLogger } from './logger.js';
import { deviceMemory } from './monitoring/device-memory.js';
import { startHealthServer } from './monitoring/health-server.js';
import { Metrics } from './monitoring/metrics.js';
import { createThreadedRenderer } from './pipeline/runtime/worker-thread.js';
import { paintSamples, SAMPLES } from './samples.js';
import { startSandbox } from './sandbox/index.js';
import { EXIT, Shutdown } from './shutdown.js';
import { startHousekeeping } from './storage/housekeeping.js';
import { openLockedStorage } from './storage/storage.js';
import { createPresets, drawAhead } from './styles/presets.js';
import { StyleLibrary } from './styles/style-library.js';
import { createWeightInstaller } from './weights/installer.js';
import { readManifest } from './weights/manifest.js';
import { pullOnStart } from './weights/pull-on-start.js';

const shutdown = new Shutdown();
shutdown.listen();
try {
  await start(loadConfig());
} catch (thrown) {
  // During a shutdown, parts that are still starting may fail.
  if (!shutdown.signal.aborted) {
    const error = toReverieError(thrown);
    process.stderr.write(`${error.sentence}\n`);
    if (error.code === 'internal') process.stderr.write(`${String(error.cause)}\n`);
    await shutdown.begin('the start failed', 1);
  }
}

async function start(config: Config): Promise<void> {
  const log = createLogger({ level: config.logLevel, token: config.discordToken });
  const storage = openLockedStorage(config.dataDir, log);
  shutdown.add({ log, storage });

  const renderer = createThreadedRenderer(
    {
      modelsDir: config.modelsDir,
      engine: config.engine,
      device: config.device,
    },
    { onHang: (finding) => void shutdown.hang(finding) },
  );
  const metrics = new Metrics(() => storage.countByState());
  const queue = new JobQueue({
    renderer: metrics.countFrames(renderer),
    log,
    journal: {
      recordState(...change) {
        metrics.recordState(...change);
        storage.recordState(...change);
      },
    },
    maxPerLane: config.maxJobsPerGuild,
    maxPerUser: config.maxJobsPerUser,
    timeLimitSeconds: config.jobTimeLimitSeconds,
  });
  shutdown.add({ renderer, queue });
  const { engine, device, reason } = await renderer.capabilities();
  log.info({ engine, device }, reason);
  if (device !== 'cpu')
    metrics.reportDeviceMemory(async () => (await renderer.capabilities()).device, deviceMemory);

  const sandbox =
    config.discordToken === undefined
      ? await startSandbox({ port: config.sandboxPort, samples: SAMPLES }).catch(
          explainPortError('SANDBOX_PORT', config.sandboxPort),
        )
      : undefined;
  if (sandbox) shutdown.add({ sandbox });
  const presets = createPresets(new StyleLibrary(config.stylesDir));
  const bot = await startBot({
    token: config.discordToken ?? sandbox!.token,
    api: sandbox?.api ?? config.discordApi,
    maxAttachmentBytes: config.maxAttachmentBytes,
    maxPixels: config.maxPixels,
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
    repository: storage,
    lists: { operators: config.operators, blocked: config.blocked },
    log,
  });
  shutdown.add({ bot });
  if (sandbox) print(`Reverie is running in its sandbox. Open ${sandbox.url} to use it.`);
  else log.info(`Invite the bot with this link: ${inviteLink(bot.client)}`);
  void bot.authenticationLost.then((why) => {
    log.fatal(`${why} Finished pictures will be delivered after the next start.`);
    void shutdown.begin('Discord refuses the bot', EXIT.authenticationLost);
  });

  metrics.countResponses(bot.client.rest);
  const health = await startHealthServer({
    port: config.healthPort,
    registry: metrics.registry,
    problem: () => (bot.client.isReady() ? undefined : 'not connected to Discord'),
  })
    .catch(explainPortError('HEALTH_PORT', config.healthPort))
    .catch((thrown: unknown) => {
      log.warn({ err: thrown }, 'health and metrics are not served');
      return undefined;
    });
  shutdown.add({ health });

  const limits = { maxBytes: config.diskLimitBytes, maxAgeMs: config.keepMs };
  startHousekeeping(storage, limits, log, shutdown.signal);
  const installer = createWeightInstaller({
    folder: config.modelsDir,
    mirrors: config.modelsMirrors,
    manifest: await readManifest(),
  });
  void pullOnStart(installer, config.modelsPull, log, shutdown.signal);
  if (sandbox)
    await paintSamples(sandbox, path.join(config.dataDir, 'samples'), print).catch((thrown: unknown) => {
      if (!shutdown.signal.aborted) log.warn({ err: thrown }, 'the samples could not be painted');
    });
  await drawAhead(presets, shutdown.signal).catch((thrown: unknown) => {
    log.warn({ err: thrown }, 'the presets could not be drawn ahead');
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
