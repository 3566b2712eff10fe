/** Interactions and the rules of answering them: once, within 3 seconds, and with edits for 15 minutes. */
import { InteractionResponseType, InteractionType, MessageFlags } from 'discord-api-types/v10';
import { apiErrors } from '../api-errors.js';
import { isObject, objectsIn, toText, type JsonObject } from '../json.js';
import type { Channel, DiscordState, SandboxUser } from './discord-state.js';
import { InvocationRecord, type Choice } from './invocation.js';
import type { Message, MessageInput } from './message.js';
import { messagePayload } from './message-payloads.js';
import type { MessageStore } from './messages.js';
import { userPayload } from './payloads.js';

const ANSWER_DEADLINE_MS = 3_000;
const TOKEN_LIFETIME_MS = 15 * 60_000;
/** Where the app is only installed by its users. */
const MAX_USER_APP_FOLLOW_UPS = 5;

export interface Interaction {
  id: string;
  token: string;
  type: InteractionType;
  channel: Channel;
  user: SandboxUser;
  dispatchedAt: number;
  /** The message that the used component, or the modal's button, is on. */
  source: Message | undefined;
  invocation: InvocationRecord;
}

export interface NewInteraction {
  type: InteractionType;
  /** Describes the interaction, such as `/dream`. */
  label: string;
  channel: Channel;
  user: SandboxUser;
  source?: Message;
}

export class Interactions {
  /** Expired tokens stay: they are answered differently from unknown ones. */
  private readonly byToken = new Map<string, Interaction>();
  /** The modals that the bot has shown, by custom id. */
  readonly modals = new Map<string, JsonObject>();

  constructor(
    private readonly state: DiscordState,
    private readonly messages: MessageStore,
  ) {}

  create({ type, label, channel, user, source }: NewInteraction): Interaction {
    const id = this.state.nextId();
    const interaction: Interaction = {
      id,
      token: `sandbox-${crypto.randomUUID()}`,
      type,
      channel,
      user,
      dispatchedAt: this.state.now(),
      source,
      invocation: new InvocationRecord(id, label, this.messages),
    };
    this.byToken.set(interaction.token, interaction);
    return interaction;
  }

  /** The first answer. Returns the message that it created or edited, if any. */
  answer(id: string, token: string, input: MessageInput): { interaction: Interaction; message?: Message } {
    const interaction = this.byToken.get(token);
    if (interaction?.id !== id) throw apiErrors.unknownInteraction();
    const { invocation } = interaction;
    if (invocation.answerType !== undefined) throw apiErrors.alreadyAcknowledged();
    const elapsed = this.state.now() - interaction.dispatchedAt;
    if (elapsed > ANSWER_DEADLINE_MS) throw apiErrors.unknownInteraction();

    const { type } = input.body;
    const isAutocomplete = interaction.type === InteractionType.ApplicationCommandAutocomplete;
    if (isAutocomplete !== (type === InteractionResponseType.ApplicationCommandAutocompleteResult))
      throw apiErrors.invalidForm('type: not an answer to this kind of interaction');
    const body = isObject(input.body.data) ? input.body.data : {};
    const message = this.carryOut(interaction, type, { body, files: input.files });
    invocation.answer(Number(type), elapsed);
    return message ? { interaction, message } : { interaction };
  }

  private carryOut(interaction: Interaction, type: unknown, input: MessageInput): Message | undefined {
    const { invocation, source } = interaction;
    switch (type) {
      case InteractionResponseType.ChannelMessageWithSource:
        return this.reply(interaction, input);
      case InteractionResponseType.DeferredChannelMessageWithSource: {
        const placeholder = { body: { flags: input.body.flags }, files: new Map() };
        return this.reply(interaction, placeholder, MessageFlags.Loading);
      }
      case InteractionResponseType.DeferredMessageUpdate:
      case InteractionResponseType.UpdateMessage:
        if (!source) throw apiErrors.invalidForm('type: no message to update');
        invocation.watch(source, source.history.length);
        return type === InteractionResponseType.UpdateMessage ? this.messages.edit(source, input) : source;
      case InteractionResponseType.ApplicationCommandAutocompleteResult:
        invocation.choices = readChoices(input.body);
        return undefined;
      case InteractionResponseType.Modal:
        invocation.modal = input.body;
        this.modals.set(toText(input.body.custom_id), input.body);
        return undefined;
      default:
        throw apiErrors.invalidForm(`type: the sandbox does not support ${toText(type)}`);
    }
  }

  private reply(interaction: Interaction, input: MessageInput, flags = 0): Message {
    const extras = { flags, interaction: this.metadata(interaction) };
    const message = this.messages.create(interaction.channel, this.state.bot.id, input, extras);
    interaction.invocation.watch(message, 0);
    return message;
  }

  /**
   * The interaction that this token gives access to.
   * @throws ApiError 50027 after 15 minutes, 10015 where it is unknown or still unanswered
   */
  byValidToken(token: string): Interaction {
    const interaction = this.byToken.get(token);
    if (!interaction) throw apiErrors.unknownWebhook();
    if (this.state.now() - interaction.dispatchedAt > TOKEN_LIFETIME_MS) throw apiErrors.invalidToken();
    if (interaction.invocation.answerType === undefined) throw apiErrors.unknownWebhook();
    return interaction;
  }

  /** @param id of the reply or a follow-up, or `@original` for the reply */
  message({ invocation }: Interaction, id: string): Message {
    const own = [invocation.message, ...invocation.followUpMessages];
    const found = id === '@original' ? invocation.message : own.find((message) => message?.id === id);
    if (!found || found.deleted) throw apiErrors.unknownMessage();
    return found;
  }

  /** Sends another message. The first one after a deferral becomes the reply, as ephemeral as it was deferred. */
  followUp(interaction: Interaction, input: MessageInput): Message {
    const { channel, invocation } = interaction;
    const reply = invocation.message;
    if (reply && !reply.deleted && reply.flags & MessageFlags.Loading) {
      const flags = Number(input.body.flags ?? 0) & ~MessageFlags.Ephemeral;
      return this.messages.edit(reply, { ...input, body: { ...input.body, flags } });
    }
    const isUserApp = !this.state.isBotMember(channel);
    if (isUserApp && invocation.followUpMessages.length >= MAX_USER_APP_FOLLOW_UPS)
      throw apiErrors.tooManyFollowUps();
    const extras = { interaction: this.metadata(interaction) };
    const message = this.messages.create(channel, this.state.bot.id, input, extras);
    invocation.followUp(message);
    return message;
  }

  /** The response to an answer that asked for one. */
  callbackPayload({ id, type }: Interaction, answerType: number, message: Message | undefined): JsonObject {
    if (!message) return { interaction: { id, type } };
    return {
      interaction: {
        id,
        type,
        response_message_id: message.id,
        response_message_loading: Boolean(message.flags & MessageFlags.Loading),
        response_message_ephemeral: Boolean(message.flags & MessageFlags.Ephemeral),
      },
      resource: { type: answerType, message: messagePayload(message, this.state) },
    };
  }

  private metadata({ id, type, user, invocation }: Interaction): JsonObject {
    return {
      id,
      type,
      name: invocation.label,
      user: userPayload(user),
      authorizing_integration_owners: {},
    };
  }
}

function readChoices(body: JsonObject): Choice[] {
  const choices = objectsIn(body.choices);
  if (choices.length > 25) throw apiErrors.invalidForm('choices: 25 or fewer');
  for (const { name, value } of choices)
    if (!toText(name) || toText(name).length > 100 || toText(value).length > 100)
      throw apiErrors.invalidForm('choices: names and values of 1 to 100 characters');
  return choices.map(({ name, value }) => ({
    name: toText(name),
    value: typeof value === 'number' ? value : toText(value),
  }));
}
