import { HTTPError } from 'discord.js';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { preparedRequest } from '../../../test/tiny-renderer.js';
import type { MessageLocation } from '../../jobs/message-repository.js';
import { ReverieError } from '../../errors.js';
import type { Job } from '../../jobs/job.js';
import { translator } from '../../i18n/translate.js';
import { ProgressMessage } from './progress-message.js';
import { monotonicNow } from '../../clock.js';
import type { BuildView, MessageTarget } from './message-target.js';

const MINUTE = 60_000;
const prepared = preparedRequest({ kind: 'dream', image: new Uint8Array(1) });
const job: Job = {
  ...{ id: 'job', lane: 'a', userId: 'u', state: 'queued', createdAt: new Date() },
  prepared,
};
const away = () => new HTTPError(502, 'Bad Gateway', 'PATCH', 'http://test', {});

/** A message that can be edited for fourteen minutes. It records its contents. */
class FakeMessage implements MessageTarget {
  readonly said: string[] = [];
  readonly editableUntil = monotonicNow() + 14 * MINUTE;
  gone = false;
  deleted = false;
  location: MessageLocation | undefined;
  /** What the next edits meet. */
  readonly trouble: (() => Error)[] = [];

  edit(build: BuildView): Promise<void> {
    this.said.push(build().content.replace(/<t:\d+:R>/, 'soon'));
    const error = this.trouble.shift()?.();
    return error ? Promise.reject(error) : Promise.resolve();
  }
  leave(): void {
    this.gone = true;
    this.said.push('left');
  }
  deliver(build: BuildView): Promise<void> {
    this.said.push(`delivered: ${build('https://origin').content}`);
    return Promise.resolve();
  }
}

function start() {
  const message = new FakeMessage();
  const placed: MessageLocation[] = [];
  const progress = new ProgressMessage({
    reply: message,
    log: pino({ level: 'silent' }),
    intervalMs: 4000,
    uploadLimit: 1e6,
    subject: { id: 'job', kind: 'dream', fields: [], t: translator('en') },
    doneAt: () => undefined,
    onMessage: (location) => {
      placed.push(location);
      return Promise.resolve();
    },
    isKept: () => Promise.resolve(true),
    onRendered: () => undefined,
    saveTaught: () => Promise.resolve(),
    saveResult: () => Promise.resolve(),
  });
  return { message, placed, progress };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a message that can be edited for fourteen minutes', () => {
  it('says so once, half a minute before, and is not edited again', async () => {
    const { message, progress } = start();
    progress.onPosition(job, 2);
    await vi.advanceTimersByTimeAsync(13.5 * MINUTE - 1);
    expect(message.said).toEqual(['**Dream** · number 2 in the queue']);
    await vi.advanceTimersByTimeAsync(1);
    expect(message.said.slice(1)).toEqual([
      '**Dream** · number 2 in the queue\nI’ll send it to you in a direct message. If that fails, use `/show`.',
      'left',
    ]);
    progress.onPosition(job, 1);
    await progress.onSuspended();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(message.said).toHaveLength(3);
    await progress.fail(new ReverieError('aborted', 'no'));
    expect(message.said.at(-1)).toBe(
      'delivered: **Dream** · requested in https://origin · That picture was cancelled.',
    );
  });

  it('retries while Discord is unavailable', async () => {
    const { message, progress } = start();
    progress.onPosition(job, 1);
    message.trouble.push(away, away);
    await vi.advanceTimersByTimeAsync(14 * MINUTE);
    expect(message.said.map((words) => words.includes('direct message'))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    expect(message.said.at(-1)).toBe('left');
  });

  it('leaves no timer behind when the job ends earlier', async () => {
    const { message, progress } = start();
    progress.onPosition(job, 1);
    await vi.advanceTimersByTimeAsync(MINUTE);
    await progress.fail(new ReverieError('aborted', 'no'));
    expect(vi.getTimerCount()).toBe(0);
    expect(message.said).toHaveLength(2);
  });

  it('has no timer before the job is queued', () => {
    start();
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('records where a message was posted once, even if a later edit fails', async () => {
  const { message, placed, progress } = start();
  const place = { guildId: 'g', channelId: 'c', messageId: 'm' };
  message.trouble.push(() => {
    message.location = place;
    return away();
  });
  progress.onPosition(job, 2);
  progress.onPosition(job, 1);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(message.said).toHaveLength(2);
  expect(placed).toEqual([place]);
});
