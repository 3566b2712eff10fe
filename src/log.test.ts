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
  expect(written).toContain('hello');
  expect(written).not.toContain('secret');
});
