import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { REST, Routes } from 'discord.js';
import { expect, it, onTestFinished, vi } from 'vitest';
import { TinyRenderer } from '../../test/tiny-renderer.js';
import { deviceMemory } from './device-memory.js';
import { Metrics } from './metrics.js';
import { startSandbox } from '../sandbox/index.js';

it('counts frames, edits and rate-limited requests', async () => {
  const metrics = new Metrics(() => ({}));
  const sandbox = await startSandbox();
  const rest = new REST({ api: sandbox.api }).setToken(sandbox.token);
  metrics.countResponses(rest);
  const channel = sandbox.guilds[0]!.channelIds[0]!;
  const said = (await rest.post(Routes.channelMessages(channel), { body: { content: 'a' } })) as {
    id: string;
  };
  sandbox.fault({ method: 'PATCH', path: /messages/, status: 429 });
  await rest.patch(Routes.channelMessage(channel, said.id), { body: { content: 'b' } });
  const tiny = new TinyRenderer();
  await metrics.countFrames(tiny).render(await tiny.prepare({ kind: 'dream', image: new Uint8Array(1) }));
  const text = await metrics.registry.metrics();
  for (const line of ['reverie_frames_total 3', 'reverie_edits_total 1', 'reverie_discord_429_total 1'])
    expect(text.split('\n')).toContain(line);
  expect(text).toMatch(/process_resident_memory_bytes [1-9]/);
  await sandbox.close();
});

it('reports the memory of NVIDIA GPUs where there is a driver', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'reverie-driver-'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  vi.stubEnv('PATH', folder);
  const metrics = new Metrics(() => ({}));
  metrics.reportDeviceMemory(() => Promise.resolve('webgpu'), deviceMemory);
  expect(await metrics.registry.metrics()).not.toContain('reverie_device_memory_bytes{');
  const driver = path.join(folder, 'nvidia-smi');
  writeFileSync(driver, '#!/bin/sh\necho 10\necho 5\n');
  chmodSync(driver, 0o755);
  expect(await metrics.registry.metrics()).toContain('reverie_device_memory_bytes{device="webgpu"} 15728640');
});
