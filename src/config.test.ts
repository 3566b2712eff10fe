import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';
import { ReverieError } from './errors.js';

describe('configuration', () => {
  it('is documented in .env.example, every variable with its default', () => {
    const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
    const example = parse(read('../.env.example'));
    const known = [...read('config.ts').matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name);
    expect(Object.keys(example).sort()).toEqual(known.sort());
    expect(loadConfig(example)).toEqual(loadConfig({}));
  });

  it('has a default for everything, and treats empty as unset', () => {
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

  it('splits lists at commas', () => {
    expect(loadConfig({ MODELS_PULL: 'vgg19, googlenet,' }).modelsPull).toEqual(['vgg19', 'googlenet']);
  });

  it('ignores white space around a value', () => {
    const values = {
      ...{ DISCORD_TOKEN: 'abc.def', DISCORD_API: 'https://discord.example/api', SANDBOX_PORT: '8000' },
      ...{ DATA_DIR: '/data', MODELS_DIR: '/models', LOG_LEVEL: 'warn', ENGINE: 'onnx', DEVICE: 'cpu' },
      ...{ MODELS_MIRROR: 'https://a.example, https://b.example', MODELS_PULL: 'vgg19,googlenet' },
      ...{ OPERATORS: '123456789012345678, 223456789012345678', BLOCKED_USERS: '323456789012345678' },
    };
    const padded = Object.entries(values).map(([name, value]) => [name, ` \t${value}\r\n`]);
    expect(loadConfig(Object.fromEntries(padded) as typeof values)).toEqual(loadConfig(values));
    expect(loadConfig({ DISCORD_TOKEN: 'abc.def\n' }).discordToken).toBe('abc.def');
  });

  it.each([
    '"abc.def"',
    "'abc.def'",
    'abc\ndef',
    'abc def',
    'Bot abc.def',
    'abc\u0000def',
    'abcé',
    '„abc.def“',
  ])('refuses %j as a token, without repeating it', (token) => {
    expect(() => loadConfig({ DISCORD_TOKEN: token })).toThrow(
      /^(?!.*abc)Please correct .*DISCORD_TOKEN must be the token alone/s,
    );
  });

  it('accepts an address of Discord with a trailing slash', () => {
    expect(loadConfig({ DISCORD_API: 'http://localhost:1/api/' }).discordApi).toBe('http://localhost:1/api');
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
