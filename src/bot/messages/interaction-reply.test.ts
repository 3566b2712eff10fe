import { DiscordAPIError, type RepliableInteraction } from 'discord.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { callerOf } from '../interactions/caller.js';
import { InteractionReply } from './interaction-reply.js';
import { textView } from './views.js';

const refusal = (code: number, status: number) =>
  new DiscordAPIError({ code, message: 'no' }, code, status, 'PATCH', 'http://test', {});

/** An interaction in a channel, as far as a reply needs it: what it is asked is written down. */
async function start(options: { channel?: boolean } = {}) {
  const calls: string[] = [];
  let answer: Error | undefined;
  const message = {
    ...{ id: 'message', guildId: 'guild', channelId: 'channel', content: 'hello' },
    ...{ components: [], embeds: [], attachments: { size: 0 } },
  };
  const attempt = (route: string) => {
    calls.push(route);
    return Promise.resolve({ ...message, id: 'new' });
  };
  const channel = {
    id: 'channel',
    isSendable: () => true,
    send: () => attempt('channel send'),
    messages: { edit: (id: string) => attempt(`channel edit ${id}`) },
  };
  const direct = { id: 'direct', send: () => attempt('direct message') };
  const interaction = {
    guildId: 'guild',
    channelId: 'channel',
    channel: null,
    user: { id: 'user' },
    authorizingIntegrationOwners: { 0: 'guild' },
    fetchReply: () => Promise.resolve(message),
    client: {
      channels: { fetch: () => Promise.resolve(options.channel === false ? null : channel) },
      users: { createDM: () => Promise.resolve(direct) },
    },
    editReply: () => {
      calls.push('interaction edit');
      return answer === undefined ? Promise.resolve(message) : Promise.reject(answer);
    },
  };
  const repliable = interaction as unknown as RepliableInteraction;
  const reply = new InteractionReply(repliable, {
    caller: callerOf(repliable),
    receivedAt: performance.now(),
  });
  await reply.locate();
  return {
    calls,
    reply,
    refuse: (error: Error) => {
      answer = error;
    },
    build: () => textView('hello'),
  };
}

describe('a reply', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('edits through the channel once the interaction has expired, and does not try the interaction again', async () => {
    const { calls, reply, refuse, build } = await start();
    await reply.edit(build, 'job');
    refuse(refusal(50027, 401));
    await reply.edit(build, 'job');
    await reply.deliver(build, 'job');
    expect(calls).toEqual([
      'interaction edit',
      'interaction edit',
      'channel edit message',
      'channel edit message',
    ]);
  });

  it('switches to the channel after fourteen minutes, before the interaction fails', async () => {
    vi.useFakeTimers();
    const { calls, reply, build } = await start();
    await reply.edit(build, 'job');
    vi.advanceTimersByTime(14 * 60_000);
    await reply.edit(build, 'job');
    expect(calls).toEqual(['interaction edit', 'channel edit message']);
  });

  it('delivers in a new message when the old one was deleted', async () => {
    const { calls, reply, refuse, build } = await start();
    refuse(refusal(10008, 404));
    await expect(reply.edit(build, 'job')).rejects.toThrow();
    expect(reply.gone).toBe(true);
    await reply.deliver(build, 'job');
    expect(calls).toEqual(['interaction edit', 'channel send']);
  });

  it('delivers as a direct message when the channel cannot be reached', async () => {
    const { calls, reply, refuse, build } = await start({ channel: false });
    refuse(refusal(10008, 404));
    await reply.deliver(build, 'job');
    expect(calls).toEqual(['interaction edit', 'direct message']);
  });

  it('leaves a file that is too large to the caller, who can compress it', async () => {
    const { calls, reply, refuse, build } = await start();
    refuse(refusal(40005, 413));
    await expect(reply.deliver(build, 'job')).rejects.toThrow();
    expect(calls).toEqual(['interaction edit']);
  });
});
