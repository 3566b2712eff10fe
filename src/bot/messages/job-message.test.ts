import { ActionRowBuilder, AttachmentBuilder, ButtonBuilder, ButtonStyle } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { nonceFor, showsView } from './job-message.js';

describe('the nonce of a job’s message', () => {
  it('is the same for the same step and different for every other step', () => {
    expect(nonceFor('job', 'here')).toBe(nonceFor('job', 'here'));
    const steps = [
      nonceFor('job', 'here'),
      nonceFor('job', 'here', 'deleted'),
      nonceFor('job', 'there'),
      nonceFor('other', 'here'),
    ];
    expect(new Set(steps).size).toBe(steps.length);
  });

  it('is no longer than Discord allows', () => {
    const id = '1234567890123456789';
    expect(nonceFor(crypto.randomUUID(), id, id)).toMatch(/^[\w-]{1,25}$/);
  });
});

describe('a message that Discord returned', () => {
  const button = (id: string) =>
    new ActionRowBuilder<ButtonBuilder>().addComponents(
      new ButtonBuilder().setCustomId(id).setLabel('x').setStyle(ButtonStyle.Secondary),
    );
  const row = (id: string) => ({ type: 1, components: [{ type: 2, custom_id: id, label: 'x', style: 2 }] });
  const message = { content: 'step 3/9', components: [row('cancel')], attachments: { size: 0 }, embeds: [] };
  const view = { content: 'step 3/9', components: [button('cancel')], files: [] };
  const file = new AttachmentBuilder(Buffer.from('x'), { name: 'x.png' });

  it('shows what was sent', () => {
    expect(showsView(message, view)).toBe(true);
  });

  it('shows a picture, whether it is an attachment or in an embed', () => {
    const withPicture = { ...view, files: [file] };
    expect(showsView({ ...message, attachments: { size: 1 } }, withPicture)).toBe(true);
    expect(showsView({ ...message, embeds: [{ image: { url: 'https://x' } }] }, withPicture)).toBe(true);
    expect(showsView(message, withPicture)).toBe(false);
  });

  it('does not match a view with other text, buttons or pictures', () => {
    expect(showsView({ ...message, content: 'starting…' }, view)).toBe(false);
    expect(showsView(message, { ...view, components: [button('remix')] })).toBe(false);
    expect(showsView(message, { ...view, components: [] })).toBe(false);
    expect(showsView({ ...message, components: [] }, view)).toBe(false);
    expect(showsView({ ...message, embeds: [{ image: { url: 'https://x' } }] }, view)).toBe(false);
  });
});
