import type { Gateway } from './gateway.js';
import type { Interaction, Interactions } from './interactions.js';
import type { Choice, Invocation } from './invocation.js';
import type { Message, Messages } from './messages.js';
import type { SandboxFile } from './files.js';
import { fillModal, type FieldValue } from './modal.js';
import { resolveOptions, type OptionValues } from './options.js';
import { records, text, type Json } from './wire.js';
import type { Channel, SandboxUser, World } from './world.js';

export interface Place {
  /** The id of a user; the first member when left out. */
  user?: string;
  /** The id of a guild; the first when left out, none (a direct message) when null. */
  guild?: string | null;
  /** The id of a channel; the guild's first when left out. */
  channel?: string;
  locale?: string;
}

/** A message that somebody posts. */
export interface Posting extends Place {
  content?: string;
  files?: readonly SandboxFile[];
  embeds?: readonly Json[];
  /** With flag 1 << 15: components that show text and pictures. */
  components?: readonly Json[];
  flags?: number;
  /** What lies behind addresses in embeds and components. */
  links?: Readonly<Record<string, SandboxFile>>;
  /** The id of a message that is forwarded. */
  forward?: string;
}

export interface CommandCall extends Place {
  /** The name, with subcommands after spaces. */
  name: string;
  options?: OptionValues;
}

/** People's side of the conversation: what they do becomes an interaction on the gateway. */
export class Sender {
  constructor(
    private readonly world: World,
    private readonly messages: Messages,
    private readonly interactions: Interactions,
    private readonly gateway: Gateway,
  ) {}

  /** Posts a message as a person, or as the bot whose id `user` is. Returns its id. */
  post({ content = '', files = [], embeds = [], components = [], flags = 0, ...call }: Posting): string {
    const { channel, user } = this.place(call);
    const links = Object.entries(call.links ?? {}).map(
      ([url, file]) => [url, this.world.files.add('external', file)] as const,
    );
    const draft = { body: { content, embeds, components, flags }, files: new Map(files.entries()) };
    const forwarded = call.forward === undefined ? {} : { forwarded: this.messages.get(call.forward) };
    return this.messages.create(channel, user.id, draft, { links: new Map(links), ...forwarded }).id;
  }

  command(call: CommandCall): Invocation {
    const { channel, user } = this.place(call);
    const { data } = this.commandData(call, channel);
    return this.dispatch({ type: 2, label: `/${call.name}`, channel, user, data, locale: call.locale });
  }

  async autocomplete(call: CommandCall & { focused: string }): Promise<Choice[]> {
    const { channel, user } = this.place(call);
    const { data } = this.commandData({ ...call, options: { [call.focused]: '', ...call.options } }, channel);
    const label = `/${call.name} ${call.focused}…`;
    const invocation = this.dispatch({ type: 4, label, channel, user, data, locale: call.locale });
    await invocation.answered();
    return invocation.choices ?? [];
  }

  /** A command of a message's or a person's context menu. */
  contextCommand(call: Place & { name: string; target: string }): Invocation {
    const { channel, user } = this.place(call);
    const command = this.find(call.name, channel, [2, 3]);
    const target = this.world.users.get(call.target);
    const resolved = target
      ? { users: { [target.id]: this.world.userPayload(target) } }
      : { messages: { [call.target]: this.messages.payload(this.messages.get(call.target)) } };
    const data = { id: command.id, name: call.name, type: command.type, target_id: call.target, resolved };
    return this.dispatch({ type: 2, label: call.name, channel, user, data, locale: call.locale });
  }

  component(call: {
    message: string;
    customId: string;
    user?: string;
    values?: readonly string[];
    locale?: string;
  }): Invocation {
    const source = this.messages.get(call.message);
    const component = findComponent(source.components, call.customId);
    if (!component) throw new Error(`The message has no component ${call.customId}`);
    if (component.disabled === true) throw new Error(`The component ${call.customId} is disabled`);
    const data = {
      custom_id: call.customId,
      component_type: component.type,
      ...(component.type === 2 ? {} : { values: call.values ?? [] }),
    };
    const { user } = this.place(call);
    const label = `component ${call.customId}`;
    return this.dispatch({
      type: 3,
      label,
      channel: source.channel,
      user,
      data,
      source,
      locale: call.locale,
    });
  }

  /** Fills in the modal that an invocation was answered with. */
  modal(
    call: Place & { customId: string; fields: Readonly<Record<string, FieldValue>>; message?: string },
  ): Invocation {
    const source = call.message === undefined ? undefined : this.messages.get(call.message);
    const { channel, user } = this.place(call);
    const modal = this.interactions.modals.get(call.customId);
    if (!modal) throw new Error(`No modal ${call.customId} was shown`);
    const { components, attachments } = fillModal(
      this.world,
      modal,
      call.fields,
      (source?.channel ?? channel).id,
    );
    const data = { custom_id: call.customId, components, resolved: { attachments } };
    const label = `modal ${call.customId}`;
    return this.dispatch({
      type: 5,
      label,
      channel: source?.channel ?? channel,
      user,
      data,
      locale: call.locale,
      ...(source ? { source } : {}),
    });
  }

  private place(at: Place): { channel: Channel; user: SandboxUser } {
    const people = [...this.world.users.values()].filter(({ bot }) => !bot);
    const user = at.user === undefined ? people[0] : this.world.users.get(at.user);
    if (!user) throw new Error('There is no such user in the sandbox');
    const group = this.world.channels.get(at.channel ?? '');
    if (group?.group) return { channel: group, user };
    if (at.guild === null) return { channel: this.world.directChannel(user.id), user };
    const [first] = this.world.guilds.values();
    const guild = at.guild === undefined ? first : this.world.guilds.get(at.guild);
    const channel = this.world.channels.get(at.channel ?? guild?.channelIds[0] ?? '');
    if (!channel) throw new Error('There is no such channel in the sandbox');
    return { channel, user };
  }

  private find(name: string, channel: Channel, types: readonly number[]): Json {
    const known = this.world.allCommands(channel.guildId ?? '');
    const command = known.find((one) => one.name === name && types.includes(Number(one.type)));
    if (command) return command;
    throw new Error(`No command ${name}; registered: ${known.map((one) => text(one.name)).join(', ')}`);
  }

  private commandData(call: CommandCall & { focused?: string }, channel: Channel): { data: Json } {
    const [name = '', ...path] = call.name.replace(/^\//, '').split(/\s+/);
    const command = this.find(name, channel, [1]);
    const { options, ...resolved } = resolveOptions(this.world, command, path, call.options ?? {}, {
      channelId: channel.id,
      ...(call.focused === undefined ? {} : { focused: call.focused }),
    });
    return { data: { id: command.id, name, type: 1, options, resolved } };
  }

  private dispatch(of: {
    type: number;
    label: string;
    channel: Channel;
    user: SandboxUser;
    data: Json;
    source?: Message;
    locale: string | undefined;
  }): Invocation {
    const interaction = this.interactions.open(of);
    const { guildId } = of.channel;
    this.gateway.dispatch('INTERACTION_CREATE', this.payload(interaction, of.data, of.locale), { guildId });
    return interaction.invocation;
  }

  /** Who installed the app: the guild and, where the bot is no member or in direct messages, the person. */
  private owners({ channel, user }: Interaction): Json {
    if (this.world.isStrange(channel)) return { '1': user.id };
    return channel.guildId ? { '0': channel.guildId } : { '0': '0', '1': user.id };
  }

  private payload(interaction: Interaction, data: Json, locale = 'en-US'): Json {
    const { channel, user, source } = interaction;
    const { guildId } = channel;
    const guild = guildId
      ? {
          guild_id: guildId,
          guild: { id: guildId, locale: 'en-US', features: [] },
          guild_locale: 'en-US',
          member: this.world.memberPayload(user, guildId),
        }
      : { user: this.world.userPayload(user) };
    return {
      id: interaction.id,
      application_id: this.world.applicationId,
      type: interaction.type,
      data,
      token: interaction.token,
      version: 1,
      channel_id: channel.id,
      channel: this.world.channelPayload(channel),
      app_permissions: this.world.memberPayload(this.world.bot).permissions,
      locale,
      entitlements: [],
      authorizing_integration_owners: this.owners(interaction),
      context: guildId ? 0 : channel.group ? 2 : 1,
      attachment_size_limit: this.world.sizeLimit(guildId),
      ...guild,
      ...(source ? { message: this.messages.payload(source) } : {}),
    };
  }
}

function findComponent(components: unknown, customId: string): Json | undefined {
  for (const component of records(components)) {
    if (component.custom_id === customId) return component;
    const inner =
      findComponent(component.components, customId) ?? findComponent([component.accessory], customId);
    if (inner) return inner;
  }
  return undefined;
}
