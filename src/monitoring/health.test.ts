import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { REST, Routes } from 'discord.js';
import { expect, it, onTestFinished, vi } from 'vitest';
import { TinyRenderer } from '../../test/tiny-renderer.js';
import { deviceMemory } from './device-memory.js';
import { Metrics, serveHealth } from './health.js';
import { startSandbox } from '../sandbox/index.js';

it('says how it is and what it did, on the loopback address', async () => {
  const metrics = new Metrics(() => ({ queued: 2, completed: 7 }));
  let wrong: string | undefined = undefined;
  const health = await serveHealth(0, metrics, () => wrong);
  const get = async (path: string) => {
    const response = await fetch(health.url + path);
    return { status: response.status, text: await response.text() };
  };
  metrics.recordState('a', 'queued');
  metrics.recordState('a', 'running');
  metrics.recordState('a', 'delivering');
  metrics.recordState('a', 'completed');
  metrics.recordState('b', 'failed', 'timed-out');
  expect(await get('/healthz')).toEqual({ status: 200, text: 'ok\n' });
  wrong = 'not connected to Discord';
  expect(await get('/healthz')).toEqual({ status: 503, text: 'not connected to Discord\n' });
  const { text } = await get('/metrics');
  for (const line of [
    'reverie_jobs{state="queued"} 2',
    'reverie_jobs{state="completed"} 7',
    'reverie_jobs_ended_total{state="completed",code=""} 1',
    'reverie_jobs_ended_total{state="failed",code="timed-out"} 1',
    'reverie_job_wait_seconds_count 1',
    'reverie_job_render_seconds_count 1',
  ])
    expect(text).toContain(line);
  expect((await get('/elsewhere')).status).toBe(404);
  await health.close();
});

it('counts frames, edits and what Discord put off', async () => {
  const metrics = new Metrics(() => ({}));
  const health = await serveHealth(0, metrics, () => undefined);
  const sandbox = await startSandbox();
  const rest = new REST({ api: sandbox.api }).setToken(sandbox.token);
  metrics.listen(rest);
  const channel = sandbox.guilds[0]!.channelIds[0]!;
  const said = (await rest.post(Routes.channelMessages(channel), { body: { content: 'a' } })) as {
    id: string;
  };
  sandbox.fault({ method: 'PATCH', path: /messages/, status: 429 });
  await rest.patch(Routes.channelMessage(channel, said.id), { body: { content: 'b' } });
  await metrics.watched(new TinyRenderer()).render({ kind: 'dream', image: new Uint8Array(1) });
  const text = await (await fetch(`${health.url}/metrics`)).text();
  for (const line of ['reverie_frames_total 3', 'reverie_edits_total 1', 'reverie_discord_429_total 1'])
    expect(text.split('\n')).toContain(line);
  expect(text).toMatch(/process_resident_memory_bytes [1-9]/);
  await sandbox.close();
  await health.close();
});

it('tells the memory of NVIDIA cards as their driver does, and nothing where there is none', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'reverie-driver-'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  vi.stubEnv('PATH', folder);
  const metrics = new Metrics(() => ({}));
  metrics.watchDevice('webgpu', deviceMemory);
  expect(await metrics.registry.metrics()).not.toContain('reverie_device_memory_bytes{');
  const driver = path.join(folder, 'nvidia-smi');
  writeFileSync(driver, '#!/bin/sh\necho 10\necho 5\n');
  chmodSync(driver, 0o755);
  expect(await metrics.registry.metrics()).toContain('reverie_device_memory_bytes{device="webgpu"} 15728640');
});
