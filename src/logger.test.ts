import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.js';

/** A stream that remembers what was written to it. */
function sink(isTTY: boolean) {
  let written = '';
  const write = (line: string) => {
    written += line;
  };
  return { write, isTTY, written: () => written.replace(/\u001b\[\d+m/g, '') };
}

describe.each([
  ['elsewhere', false],
  ['on a terminal', true],
])('the log %s', (_where, isTTY) => {
  it('redacts tokens, in fields and in text', () => {
    const out = sink(isTTY);
    const log = createLogger({ level: 'info', token: 'abc.secret.token' }, out);
    log.info({ config: { token: 'other-secret' }, err: new Error('at abc.secret.token') }, 'hello');
    log.info({ url: 'https://discord.com/api/v10/webhooks/123/secret-word/messages/@original' });
    log.error({ err: new Error('with abc.secret.token') }, 'abc.secret.token');
    expect(out.written()).toContain('hello');
    expect(out.written()).toContain('webhooks/123/[redacted]/messages');
    expect(out.written()).not.toContain('secret');
  });
});

describe('a terminal', () => {
  it('gets a readable line: time, level, message, values', () => {
    const out = sink(true);
    createLogger({ level: 'info' }, out).info({ user: 'reverie', guilds: 3 }, 'ready');
    expect(out.written()).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: ready \{"user":"reverie","guilds":3\}\n$/);
  });

  it('gets the stack of an error, but only the message of a warning', () => {
    const out = sink(true);
    const log = createLogger({ level: 'info' }, out);
    log.warn({ err: new TypeError('no answer'), againInMs: 1000 }, 'Discord is away');
    expect(out.written()).toMatch(/ WARN: Discord is away .*"reason":"TypeError: no answer"\}\n$/);
    expect(out.written().split('\n')).toHaveLength(2);
    log.error({ err: new TypeError('broken') }, 'failed');
    expect(out.written()).toContain('logger.test.ts');
  });

  it('gets no control characters from users', () => {
    const out = sink(true);
    createLogger({ level: 'info' }, out).info({ user: 'a\u001b]0;title\u0007b\u009b2J' }, 'x\u001b[2Jy');
    expect(out.written()).toMatch(/ INFO: x\[2Jy \{"user":"a\]0;titleb2J"\}\n$/);
  });
});

it('elsewhere, each line is JSON', () => {
  const out = sink(false);
  createLogger({ level: 'info' }, out).info({ guilds: 3 }, 'ready');
  expect(JSON.parse(out.written())).toMatchObject({ level: 30, guilds: 3, msg: 'ready' });
});

it('writes the last line of a process that is killed, even while every thread of the pool is busy', async () => {
  const program = `
    import { pbkdf2 } from 'node:crypto';
    import { createLogger } from ${JSON.stringify(new URL('logger.ts', import.meta.url).href)};
    pbkdf2('', '', 1e9, 64, 'sha512', () => {});
    createLogger({ level: 'info' }).fatal('the last line');
    process.kill(process.pid, 'SIGKILL');
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = text(child.stdout);
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  expect(await printed).toContain('the last line');
});
