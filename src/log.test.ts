import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createLogger } from './log.js';

it('keeps tokens out of the log, in fields and in text', () => {
  let written = '';
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  const log = createLogger({ level: 'info', token: 'abc.secret.token' }, out);
  log.info({ config: { token: 'other-secret' }, err: new Error('at abc.secret.token') }, 'hello');
  log.info({ url: 'https://discord.com/api/v10/webhooks/123/secret-word/messages/@original' });
  expect(written).toContain('hello');
  expect(written).toContain('webhooks/123/[redacted]/messages');
  expect(written).not.toContain('secret');
});
