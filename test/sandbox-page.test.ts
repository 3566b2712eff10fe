import { request } from 'node:http';
import {
  ApplicationCommandOptionType,
  Client,
  ComponentType,
  Events,
  GatewayIntentBits,
  InteractionResponseType,
  LabelBuilder,
  ModalBuilder,
  StringSelectMenuBuilder,
} from 'discord.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../src/sandbox/index.js';

let sandbox: Sandbox;
let client: Client;

beforeAll(async () => {
  const samples = [{ name: 'a.png', title: 'A', bytes: () => Promise.resolve(new Uint8Array(8)) }];
  sandbox = await startSandbox({ samples });
  client = new Client({ intents: [GatewayIntentBits.Guilds], rest: { api: sandbox.api } });
  client.once(Events.ClientReady, (ready) => {
    const type = ApplicationCommandOptionType.Attachment as const;
    const options = [{ name: 'image', description: 'Picture', type, required: true }];
    void ready.application.commands.set([{ name: 'dream', description: 'Dream', options }]);
  });
  client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isModalSubmit())
      void interaction.reply(interaction.fields.getStringSelectValues('which').join(' and '));
    else if (interaction.isButton())
      void interaction.showModal(
        new ModalBuilder()
          .setCustomId('several')
          .setTitle('Several')
          .addLabelComponents(
            new LabelBuilder().setLabel('Which').setStringSelectMenuComponent(
              new StringSelectMenuBuilder()
                .setCustomId('which')
                .setMaxValues(2)
                .addOptions(['a', 'b', 'c'].map((value) => ({ value, label: value }))),
            ),
          ),
      );
    else if (interaction.isChatInputCommand())
      void interaction.reply(interaction.options.getAttachment('image', true).name);
  });
  await client.login(sandbox.token);
  await sandbox.untilCommands();
});

afterAll(async () => {
  await client.destroy();
  await sandbox.close();
});

function statusWith(headers: Record<string, string>, path = '/'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${sandbox.url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('the page of the sandbox', () => {
  it('is complete, and may not load anything from elsewhere', async () => {
    for (const path of [
      '/',
      '/page.css',
      '/page.js',
      '/message.js',
      '/composer.js',
      '/dom.js',
      '/modal.js',
      '/markdown.js',
    ]) {
      const response = await fetch(sandbox.url + path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
      const text = await response.text();
      expect(text.length).toBeGreaterThan(200);
      expect(text).not.toMatch(/(src|href)="https?:/);
    }
  });

  it('refuses other host names and other origins', async () => {
    expect(await statusWith({ host: 'evil.example' })).toBe(403);
    expect(await statusWith({ host: 'evil.example' }, '/sandbox/state')).toBe(403);
    expect(await statusWith({ origin: 'https://evil.example' }, '/sandbox/state')).toBe(403);
    expect(await statusWith({ origin: sandbox.url }, '/sandbox/state')).toBe(200);
  });

  it('sends an uploaded picture or a sample, and receives the reply as an event', async () => {
    const events = await fetch(`${sandbox.url}/sandbox/events`);
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    const send = (fill: (form: FormData) => void) => {
      const form = new FormData();
      form.set('name', 'dream');
      form.set('options', '{}');
      fill(form);
      return fetch(`${sandbox.url}/sandbox/commands`, { method: 'POST', body: form });
    };
    const uploaded = await send((form) => {
      form.set('file.image', new Blob(['x']), 'up.png');
    });
    expect(await uploaded.json()).toMatchObject({ type: InteractionResponseType.ChannelMessageWithSource });
    expect(
      await (
        await send((form) => {
          form.set('sample.image', 'a.png');
        })
      ).json(),
    ).toMatchObject({ type: InteractionResponseType.ChannelMessageWithSource });
    let heard = '';
    while (!heard.includes('"a.png"')) heard += (await reader.read()).value ?? '';
    expect(heard).toContain('"up.png"');
    await reader.cancel();
    const state = await (await fetch(`${sandbox.url}/sandbox/state`)).json();
    expect(state).toMatchObject({
      connected: true,
      commands: [{ name: 'dream' }],
      samples: [{ name: 'a.png' }],
    });
  });

  it('submits every value that is chosen in a list of a modal', async () => {
    const button = { type: ComponentType.Button, style: 1, label: 'Open', custom_id: 'open' };
    const components = [{ type: ComponentType.ActionRow, components: [button] }];
    const message = sandbox.post({ components });
    const pressed = await fetch(`${sandbox.url}/sandbox/components`, {
      method: 'POST',
      body: JSON.stringify({ message, customId: 'open', values: [] }),
    });
    expect(await pressed.json()).toMatchObject({ type: InteractionResponseType.Modal });
    const submit = (chosen: readonly string[]) => {
      const form = new FormData();
      form.set('customId', 'several');
      for (const value of chosen) form.append('field.which', value);
      return fetch(`${sandbox.url}/sandbox/modals`, { method: 'POST', body: form });
    };
    expect((await submit(['a', 'c'])).status).toBe(200);
    const { channelIds } = sandbox.guilds[0]!;
    expect(JSON.stringify(sandbox.messages(channelIds[0]!))).toContain('"a and c"');
    expect(await (await submit(['a', 'b', 'c'])).json()).toMatchObject({
      message: 'which takes 1 to 2 values',
    });
    expect(await (await submit(['d'])).json()).toMatchObject({ message: 'which has no option d' });
  });

  it('explains why a request was refused', async () => {
    const form = new FormData();
    form.set('name', 'nothing');
    const response = await fetch(`${sandbox.url}/sandbox/commands`, { method: 'POST', body: form });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('dream') as string });
  });
});
