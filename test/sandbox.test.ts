import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  Client,
  ComponentType,
  DiscordAPIError,
  Events,
  GatewayIntentBits,
  InteractionResponseType,
  MessageFlags,
  Partials,
  RESTJSONErrorCodes,
  SlashCommandBuilder,
  TextInputStyle,
  type AutocompleteInteraction,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  type Interaction,
  type ModalSubmitInteraction,
} from 'discord.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../src/sandbox/index.js';

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
const picture = { name: 'in.png', bytes: PIXEL };
const definition = new SlashCommandBuilder()
  .setName('dream')
  .setDescription('Dream')
  .addAttachmentOption((option) => option.setName('image').setDescription('Picture').setRequired(true))
  .addStringOption((option) => option.setName('preset').setDescription('Preset').setAutocomplete(true))
  .addIntegerOption((option) => option.setName('octaves').setDescription('Octaves'));

let skew = 0;
let sandbox: Sandbox;
let client: Client;
let onCommand: (interaction: ChatInputCommandInteraction) => Promise<unknown>;
let onModal: (interaction: ModalSubmitInteraction) => Promise<unknown>;
let onButton: (interaction: ButtonInteraction) => Promise<unknown>;
const thrown: unknown[] = [];

async function route(interaction: Interaction): Promise<void> {
  try {
    if (interaction.isChatInputCommand()) await onCommand(interaction);
    else if (interaction.isButton()) await onButton(interaction);
    else if (interaction.isModalSubmit()) await onModal(interaction);
    else if (interaction.isAutocomplete()) await complete(interaction);
  } catch (error) {
    thrown.push(error);
  }
}

async function complete(interaction: AutocompleteInteraction): Promise<void> {
  const typed = interaction.options.getFocused();
  await interaction.respond([{ name: `${typed} deep`, value: 'deep' }]);
}

async function nextThrown(): Promise<DiscordAPIError> {
  await expect.poll(() => thrown.length, { timeout: 5000 }).toBeGreaterThan(0);
  const error = thrown.shift();
  if (!(error instanceof DiscordAPIError)) throw error;
  return error;
}

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => Date.now() + skew });
  client = new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessageReactions,
      GatewayIntentBits.DirectMessageReactions,
    ],
    partials: [Partials.Message, Partials.Reaction, Partials.User, Partials.Channel],
    rest: { api: sandbox.api },
  });
  client.on(Events.InteractionCreate, (interaction) => void route(interaction));
  client.once(Events.ClientReady, (ready) => void ready.application.commands.set([definition.toJSON()]));
  await client.login(sandbox.token);
  await sandbox.untilCommands();
});

afterAll(async () => {
  await client.destroy();
  await sandbox.close();
});

afterEach(() => {
  skew = 0;
  expect(thrown.splice(0)).toEqual([]);
});

describe('an unmodified discord.js with the sandbox', () => {
  it('logs in, sees its guilds and registers commands', () => {
    expect(client.guilds.cache.map(({ name }) => name)).toEqual([
      'Atelier',
      'Moonlight Gallery',
      'Night School',
    ]);
    expect(sandbox.registeredCommands()).toMatchObject([{ name: 'dream', application_id: client.user?.id }]);
  });

  it('downloads an attachment, and replaces the files of a deferred reply with every edit', async () => {
    onCommand = async (interaction) => {
      await interaction.deferReply();
      const { url, width } = interaction.options.getAttachment('image', true);
      const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
      const name = `${interaction.attachmentSizeLimit}-${width ?? 0}.png`;
      await interaction.editReply({ content: 'half', files: [new AttachmentBuilder(bytes, { name })] });
      await interaction.editReply({
        content: 'done',
        files: [new AttachmentBuilder(bytes, { name: 'b.png' })],
      });
    };
    const run = await sandbox.command({ name: 'dream', options: { image: picture, octaves: 3 } });
    const done = await run.until(({ content }) => content === 'done');
    expect(run.answerType).toBe(InteractionResponseType.DeferredChannelMessageWithSource);
    expect(run.history.map(({ content }) => content)).toEqual(['', 'half', 'done']);
    expect(run.history[1]?.attachments.map(({ filename }) => filename)).toEqual(['10485760-1.png']);
    expect(done.attachments).toMatchObject([{ filename: 'b.png', width: 1, contentType: 'image/png' }]);
    expect(Buffer.from(done.attachments[0]!.bytes).equals(PIXEL)).toBe(true);
  });

  it('keeps the files that `attachments` lists', async () => {
    onCommand = async (interaction) => {
      const first = await interaction.reply({
        files: [{ attachment: PIXEL, name: 'a.png' }],
        withResponse: true,
      });
      const kept = [...(first.resource?.message?.attachments.values() ?? [])];
      await interaction.editReply({ files: [{ attachment: PIXEL, name: 'b.png' }], attachments: kept });
      await interaction.editReply({ content: 'none', attachments: [] });
    };
    const run = await sandbox.command({ name: 'dream', options: { image: picture } });
    await run.until(({ content }) => content === 'none');
    expect(run.history.map(({ attachments }) => attachments.map(({ filename }) => filename))).toEqual([
      ['a.png'],
      ['a.png', 'b.png'],
      [],
    ]);
  });

  it('suggests values while an option is typed', async () => {
    const call = { name: 'dream', focused: 'preset', options: { preset: 'very' } };
    expect(await sandbox.autocomplete(call)).toEqual([{ name: 'very deep', value: 'deep' }]);
  });

  it('updates the message of a button', async () => {
    const button = new ButtonBuilder()
      .setCustomId('v1:again:1')
      .setLabel('Again')
      .setStyle(ButtonStyle.Primary);
    onCommand = (interaction) =>
      interaction.reply({
        content: 'first',
        components: [new ActionRowBuilder<ButtonBuilder>().addComponents(button)],
      });
    onButton = (interaction) => interaction.update({ content: `by ${interaction.user.id}`, components: [] });
    const [, marlow] = sandbox.users;
    const run = await sandbox.command({ name: 'dream', options: { image: picture } });
    const { id } = await run.until(({ content }) => content === 'first');
    const press = await sandbox.component({ message: id, customId: 'v1:again:1', user: marlow!.id });
    expect(await press.answered()).toBe(InteractionResponseType.UpdateMessage);
    expect(press.history).toMatchObject([{ content: `by ${marlow!.id}`, components: [] }]);
  });

  it('refuses edits by webhook after 15 minutes, but not edits through the channel', async () => {
    onCommand = async (interaction) => {
      await interaction.deferReply();
      const { id } = await interaction.fetchReply();
      skew = 15 * 60_000 + 1;
      await interaction.editReply('late').catch((error: unknown) => thrown.push(error));
      const channel = await client.channels.fetch(interaction.channelId);
      if (channel?.isSendable()) await channel.messages.edit(id, 'in time');
    };
    const run = await sandbox.command({ name: 'dream', options: { image: picture } });
    expect(await nextThrown()).toMatchObject({ code: RESTJSONErrorCodes.InvalidWebhookToken, status: 401 });
    await run.until(({ content }) => content === 'in time');
  });

  it('refuses an answer after 3 seconds', async () => {
    onCommand = (interaction) => {
      skew = 3001;
      return interaction.deferReply();
    };
    await sandbox.command({ name: 'dream', options: { image: picture } });
    expect(await nextThrown()).toMatchObject({ code: RESTJSONErrorCodes.UnknownInteraction });
  });

  it('refuses a second answer', async () => {
    onCommand = async (interaction) => {
      await interaction.reply('one');
      await client.rest.post(`/interactions/${interaction.id}/${interaction.token}/callback`, {
        body: { type: InteractionResponseType.ChannelMessageWithSource, data: { content: 'two' } },
        auth: false,
      });
    };
    const run = await sandbox.command({ name: 'dream', options: { image: picture } });
    expect(await nextThrown()).toMatchObject({
      code: RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged,
    });
    expect(run.latest()?.content).toBe('one');
  });

  it('refuses a file that exceeds the upload limit of its guild', async () => {
    const guild = sandbox.addGuild({ name: 'Small', attachmentSizeLimit: 32 });
    onCommand = async (interaction) => {
      await interaction.deferReply();
      await interaction.editReply({ files: [{ attachment: PIXEL, name: 'a.png' }] });
    };
    await sandbox.command({ name: 'dream', guild: guild.id, options: { image: picture } });
    expect(await nextThrown()).toMatchObject({ code: RESTJSONErrorCodes.RequestEntityTooLarge, status: 413 });
  });

  it('answers 429 when ordered to, and the client tries again', async () => {
    sandbox.fault({ method: 'PATCH', path: /\/messages\/@original$/, status: 429, times: 1 });
    onCommand = async (interaction) => {
      await interaction.deferReply();
      await interaction.editReply('through');
    };
    const before = sandbox.requests.length;
    const run = await sandbox.command({ name: 'dream', options: { image: picture } });
    await run.until(({ content }) => content === 'through');
    const statuses = () =>
      sandbox.requests.slice(before).flatMap(({ method, status }) => (method === 'PATCH' ? [status] : []));
    await expect.poll(statuses).toEqual([429, 200]);
  });

  it('lets the client recover from a reset connection and a 500', async () => {
    const path = /\/messages\/@original$/;
    sandbox.fault({ method: 'PATCH', path, status: 0 });
    sandbox.fault({ method: 'PATCH', path, status: 500 });
    onCommand = async (interaction) => {
      await interaction.deferReply();
      await interaction.editReply('through');
    };
    const run = await sandbox.command({ name: 'dream', options: { image: picture } });
    await run.until(({ content }) => content === 'through');
  });

  it('answers with an ordered error', async () => {
    const body = { code: RESTJSONErrorCodes.UnknownMessage, message: 'Unknown Message' };
    sandbox.fault({ method: 'PATCH', path: /@original/, status: 404, body });
    onCommand = async (interaction) => {
      await interaction.deferReply();
      await interaction.editReply('lost');
    };
    await sandbox.command({ name: 'dream', options: { image: picture } });
    expect(await nextThrown()).toMatchObject({ code: RESTJSONErrorCodes.UnknownMessage, status: 404 });
  });

  it('limits edits of a message that is older than an hour, and refuses those of a deleted one', async () => {
    onCommand = (interaction) => interaction.reply('old');
    const run = await sandbox.command({ name: 'dream', options: { image: picture } });
    const { id, channelId } = await run.until(({ content }) => content === 'old');
    skew = 3_600_001;
    const edit = () =>
      client.rest.patch(`/channels/${channelId}/messages/${id}`, { body: { content: 'new' } });
    for (let times = 0; times < 3; times += 1) await edit();
    await expect(edit()).rejects.toMatchObject({
      code: RESTJSONErrorCodes.MaximumNumberOfEditsToMessagesOlderThanOneHourReached,
    });
    sandbox.deleteMessage(id);
    await expect(edit()).rejects.toMatchObject({ code: RESTJSONErrorCodes.UnknownMessage });
    expect(run.latest()?.deleted).toBe(true);
  });

  it('shows a modal after a button, and submits it', async () => {
    onCommand = (interaction) =>
      interaction.reply({
        content: 'ask',
        components: [
          new ActionRowBuilder<ButtonBuilder>().addComponents(
            new ButtonBuilder().setCustomId('ask').setLabel('Ask').setStyle(ButtonStyle.Secondary),
          ),
        ],
      });
    const input = {
      type: ComponentType.TextInput as const,
      custom_id: 'iterations',
      style: TextInputStyle.Short,
      label: 'Iterations',
    };
    onButton = (interaction) =>
      interaction.showModal({
        custom_id: 'm',
        title: 'Remix',
        components: [{ type: ComponentType.ActionRow, components: [input] }],
      });
    onModal = (interaction) =>
      interaction.isFromMessage()
        ? interaction.update(`now ${interaction.fields.getTextInputValue('iterations')}`)
        : Promise.reject(new Error('no message'));
    const run = await sandbox.command({ name: 'dream', options: { image: picture } });
    const { id } = await run.until(({ content }) => content === 'ask');
    const press = await sandbox.component({ message: id, customId: 'ask' });
    expect(await press.answered()).toBe(InteractionResponseType.Modal);
    expect(press.modal).toMatchObject({ custom_id: 'm' });
    await sandbox.modal({ customId: 'm', fields: { iterations: '7' }, message: id });
    await run.until(({ content }) => content === 'now 7');
  });

  it('hides ephemeral replies from the bot’s token, and edits follow-ups', async () => {
    onCommand = async (interaction) => {
      await interaction.reply({ content: 'psst', flags: MessageFlags.Ephemeral });
      const more = await interaction.followUp('more');
      await interaction.webhook.editMessage(more, 'most');
      const { id } = await interaction.fetchReply();
      await client.rest.get(`/channels/${interaction.channelId}/messages/${id}`);
    };
    const run = await sandbox.command({ name: 'dream', guild: null, options: { image: picture } });
    expect(await nextThrown()).toMatchObject({ code: RESTJSONErrorCodes.UnknownMessage });
    expect(run.followUps).toMatchObject([{ content: 'most' }]);
  });

  it('resumes after a lost connection, and receives the events that it missed', async () => {
    onCommand = (interaction) => interaction.reply('still here');
    sandbox.dropConnections();
    const run = await sandbox.command({ name: 'dream', options: { image: picture } });
    await run.until(({ content }) => content === 'still here');
    expect(sandbox.resumes).toBe(1);
  });

  it('receives reactions', async () => {
    onCommand = (interaction) => interaction.reply('react');
    const run = await sandbox.command({ name: 'dream', options: { image: picture } });
    const { id } = await run.until(({ content }) => content === 'react');
    const seen = new Promise((resolve) => {
      client.once(Events.MessageReactionAdd, (reaction, user) => {
        resolve([reaction.message.id, reaction.emoji.name, user.id]);
      });
    });
    const { id: user } = sandbox.users[2]!;
    sandbox.react({ message: id, emoji: '⭐', user });
    expect(await seen).toEqual([id, '⭐', user]);
  });

  it('is refused with a wrong token', async () => {
    const stranger = new Client({ intents: [], rest: { api: sandbox.api } });
    await expect(stranger.login('wrong')).rejects.toThrow();
    await stranger.destroy();
  });
});
