import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';
import { ReverieError } from './errors.js';

describe('configuration', () => {
  it('is told in .env.example, every variable with its default', () => {
    const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
    const told = parse(read('../.env.example'));
    const known = [...read('config.ts').matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name);
    expect(Object.keys(told).sort()).toEqual(known.sort());
    expect(loadConfig(told)).toEqual(loadConfig({}));
  });

  it('has a default for everything, and takes empty for unset', () => {
    const empty = { DISCORD_TOKEN: '', SANDBOX_PORT: ' ', LOG_LEVEL: '' };
    expect(loadConfig(empty)).toEqual(loadConfig({}));
    expect(loadConfig({})).toMatchObject({
      discordToken: undefined,
      sandboxPort: 8787,
      maxAttachmentBytes: 25 * 2 ** 20,
      progressIntervalMs: 4000,
      engine: 'auto',
      device: 'auto',
    });
  });

  it('splits lists at their commas', () => {
    expect(loadConfig({ MODELS_PULL: 'vgg19, googlenet,' }).modelsPull).toEqual(['vgg19', 'googlenet']);
  });

  it('reports every wrong variable at once', () => {
    const wrong = {
      DISCORD_API: 'ftp://nowhere',
      SANDBOX_PORT: '70000',
      LOG_LEVEL: 'loud',
      MAX_ATTACHMENT_MB: 'many',
      MAX_JOBS_PER_USER: '1.5',
      ENGINE: 'steam',
      DEVICE: 'abacus',
      MODELS_MIRROR: 'https://example.org/a, file:///etc',
    };
    try {
      loadConfig(wrong);
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(ReverieError);
      expect((thrown as ReverieError).code).toBe('invalid-configuration');
      for (const name of Object.keys(wrong)) expect((thrown as ReverieError).sentence).toContain(name);
    }
  });

  it('never repeats a value: it may be a secret', () => {
    expect(() => loadConfig({ DISCORD_API: 'hunter2' })).toThrow(/^(?!.*hunter2).*DISCORD_API/);
  });
});
