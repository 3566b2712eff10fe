/** What members do: they post messages and use commands, components and modals, which reach the bot as interactions. */
import {
  ApplicationCommandType,
  ApplicationIntegrationType,
  ComponentType,
  GatewayDispatchEvents,
  InteractionContextType,
  InteractionType,
  Locale,
} from 'discord-api-types/v10';
import type { Gateway } from '../gateway.js';
import { objectsIn, toText, type JsonObject } from '../json.js';
import type { SandboxFile } from '../state/attachments.js';
import type { Channel, DiscordState, SandboxUser } from '../state/discord-state.js';
import type { Interaction, Interactions, NewInteraction } from '../state/interactions.js';
import type { Choice, Invocation } from '../state/invocation.js';
import { messagePayload } from '../state/message-payloads.js';
import type { MessageStore } from '../state/messages.js';
import { botPermissions, channelPayload, memberPayload, userPayload } from '../state/payloads.js';
import { resolveOptions, type OptionValues } from './command-options.js';
import { checkChosen, submitModal, type FieldValue } from './modal-values.js';

/** Who does something, where, and in which language. */
export interface Caller {
  /** The id of a user; the first member by default. */
  user?: string;
  /** The id of a guild; the first one by default, and direct messages with the bot when null. */
  guild?: string | null;
  /** The id of a channel; the guild's first one by default. */
  channel?: string;
  locale?: string;
}

export interface NewMessage extends Caller {
  content?: string;
  files?: readonly SandboxFile[];
  embeds?: readonly JsonObject[];
  components?: readonly JsonObject[];
  flags?: number;
  /** The files behind external addresses in embeds and components. */
  links?: Readonly<Record<string, SandboxFile>>;
  /** The id of a message to forward. */
  forward?: string;
}

export interface CommandCall extends Caller {
  /** The command's name and those of its subcommands, separated by spaces. */
  name: string;
  options?: OptionValues;
}

export interface ContextCommandCall extends Caller {
  name: string;
  /** The id of a message or a user. */
  target: string;
}

export interface ComponentCall {
  /** The id of the message that it is on. */
  message: string;
  customId: string;
  user?: string;
  /** What is chosen in a select. */
  values?: readonly string[];
  locale?: string;
}

export interface ModalCall extends Caller {
  customId: string;
  /** By custom id of the field. */
  fields: Readonly<Record<string, FieldValue>>;
  /** The id of the message whose button has opened the modal. */
  message?: string;
}

/** An interaction that is about to start. */
interface Start extends NewInteraction {
  data: JsonObject;
  locale: string | undefined;
}

export class MemberActions {
  constructor(
    private readonly state: DiscordState,
    private readonly messages: MessageStore,
    private readonly interactions: Interactions,
    private readonly gateway: Gateway,
  ) {}

  /** Posts a message as a user, or as another bot. Returns its id. */
  post({ content = '', files = [], embeds = [], components = [], flags = 0, ...call }: NewMessage): string {
    const { channel, user } = this.resolveCaller(call);
    const links = Object.entries(call.links ?? {}).map(
      ([url, file]) => [url, this.state.attachments.add('external', file)] as const,
    );
    const input = { body: { content, embeds, components, flags }, files: new Map(files.entries()) };
    const forwarded = call.forward === undefined ? {} : { forwarded: this.messages.get(call.forward) };
    return this.messages.create(channel, user.id, input, { links: new Map(links), ...forwarded }).id;
  }

  command(call: CommandCall): Invocation {
    return this.useCommand(call, InteractionType.ApplicationCommand, `/${call.name}`);
  }

  /** The bot's suggestions for one option while it is typed. */
  async autocomplete(call: CommandCall & { focused: string }): Promise<Choice[]> {
    const options = { [call.focused]: '', ...call.options };
    const type = InteractionType.ApplicationCommandAutocomplete;
    const invocation = this.useCommand({ ...call, options }, type, `/${call.name} ${call.focused}…`);
    await invocation.answered();
    return invocation.choices ?? [];
  }

  /** Uses a command of the context menu of a message or a user. */
  contextCommand({ name, target: targetId, ...caller }: ContextCommandCall): Invocation {
    const { channel, user } = this.resolveCaller(caller);
    const types = [ApplicationCommandType.User, ApplicationCommandType.Message];
    const command = this.findCommand(name, channel, types);
    const target = this.state.users.get(targetId);
    const resolved = target
      ? { users: { [targetId]: userPayload(target) } }
      : { messages: { [targetId]: messagePayload(this.messages.get(targetId), this.state) } };
    return this.start({
      type: InteractionType.ApplicationCommand,
      label: name,
      channel,
      user,
      data: { id: command.id, name, type: command.type, target_id: targetId, resolved },
      locale: caller.locale,
    });
  }

  /** Presses a button or chooses from a select. */
  component({ message, customId, values = [], ...caller }: ComponentCall): Invocation {
    const source = this.messages.get(message);
    const component = findComponent(source.components, customId);
    if (!component) throw new Error(`The message has no component ${customId}`);
    if (component.disabled === true) throw new Error(`The component ${customId} is disabled`);
    if (component.type === ComponentType.StringSelect) checkChosen(component, values);
    const data = {
      custom_id: customId,
      component_type: component.type,
      ...(component.type === ComponentType.Button ? {} : { values }),
    };
    return this.start({
      type: InteractionType.MessageComponent,
      label: `component ${customId}`,
      channel: source.channel,
      user: this.resolveCaller(caller).user,
      data,
      source,
      locale: caller.locale,
    });
  }

  /** Submits a modal that the bot has shown. */
  modal({ customId, fields, message, ...caller }: ModalCall): Invocation {
    const source = message === undefined ? undefined : this.messages.get(message);
    const { user, ...called } = this.resolveCaller(caller);
    const channel = source?.channel ?? called.channel;
    const modal = this.interactions.modals.get(customId);
    if (!modal) throw new Error(`No modal ${customId} was shown`);
    const { attachments: store } = this.state;
    const to = { attachments: store, channelId: channel.id };
    const { components, attachments } = submitModal(modal, fields, to);
    return this.start({
      type: InteractionType.ModalSubmit,
      label: `modal ${customId}`,
      channel,
      user,
      data: { custom_id: customId, components, resolved: { attachments } },
      locale: caller.locale,
      ...(source ? { source } : {}),
    });
  }

  private resolveCaller(caller: Caller): { channel: Channel; user: SandboxUser } {
    const user = caller.user === undefined ? this.state.members[0] : this.state.users.get(caller.user);
    if (!user) throw new Error('There is no such user in the sandbox');
    const group = this.state.channels.get(caller.channel ?? '');
    if (group?.group) return { channel: group, user };
    if (caller.guild === null) return { channel: this.state.directChannel(user.id), user };
    const [first] = this.state.guilds.values();
    const guild = caller.guild === undefined ? first : this.state.guilds.get(caller.guild);
    return { channel: this.state.channel(caller.channel ?? guild?.channelIds[0] ?? ''), user };
  }

  private findCommand(name: string, channel: Channel, types: readonly ApplicationCommandType[]): JsonObject {
    const registered = this.state.allCommands(channel.guildId ?? '');
    const command = registered.find(
      (candidate) => candidate.name === name && types.some((type) => type === candidate.type),
    );
    if (command) return command;
    const names = registered.map((candidate) => toText(candidate.name));
    throw new Error(`No command ${name}; registered: ${names.join(', ')}`);
  }

  private useCommand(
    call: CommandCall & { focused?: string },
    type: InteractionType,
    label: string,
  ): Invocation {
    const { channel, user } = this.resolveCaller(call);
    const [name = '', ...path] = call.name.replace(/^\//, '').split(/\s+/);
    const command = this.findCommand(name, channel, [ApplicationCommandType.ChatInput]);
    const context = { state: this.state, channelId: channel.id, focused: call.focused };
    const { options, ...resolved } = resolveOptions(command, path, call.options ?? {}, context);
    const data = { id: command.id, name, type: command.type, options, resolved };
    return this.start({ type, label, channel, user, data, locale: call.locale });
  }

  private start({ data, locale = Locale.EnglishUS, ...start }: Start): Invocation {
    const interaction = this.interactions.create(start);
    const { guildId } = start.channel;
    const payload = this.payload(interaction, data, locale);
    this.gateway.dispatch(GatewayDispatchEvents.InteractionCreate, payload, { guildId });
    return interaction.invocation;
  }

  private payload(interaction: Interaction, data: JsonObject, locale: string): JsonObject {
    const { channel, user, source } = interaction;
    const { guildId } = channel;
    const author = guildId
      ? {
          guild_id: guildId,
          guild: { id: guildId, locale: Locale.EnglishUS, features: [] },
          guild_locale: Locale.EnglishUS,
          member: memberPayload(user, guildId),
        }
      : { user: userPayload(user) };
    return {
      id: interaction.id,
      application_id: this.state.applicationId,
      type: interaction.type,
      data,
      token: interaction.token,
      version: 1,
      channel_id: channel.id,
      channel: channelPayload(channel, this.state),
      app_permissions: botPermissions,
      locale,
      entitlements: [],
      authorizing_integration_owners: this.integrationOwners(interaction),
      context: contextOf(channel),
      attachment_size_limit: this.state.sizeLimit(guildId),
      ...author,
      ...(source ? { message: messagePayload(source, this.state) } : {}),
    };
  }

  /** Who has installed the app: the guild, the user, or in direct messages both. */
  private integrationOwners({ channel, user }: Interaction): JsonObject {
    const { GuildInstall, UserInstall } = ApplicationIntegrationType;
    if (!this.state.isBotMember(channel)) return { [UserInstall]: user.id };
    return channel.guildId
      ? { [GuildInstall]: channel.guildId }
      : { [GuildInstall]: '0', [UserInstall]: user.id };
  }
}

function contextOf({ guildId, group }: Channel): InteractionContextType {
  if (guildId) return InteractionContextType.Guild;
  return group ? InteractionContextType.PrivateChannel : InteractionContextType.BotDM;
}

function findComponent(components: unknown, customId: string): JsonObject | undefined {
  for (const component of objectsIn(components)) {
    if (component.custom_id === customId) return component;
    const inner =
      findComponent(component.components, customId) ?? findComponent([component.accessory], customId);
    if (inner) return inner;
  }
  return undefined;
}
