import { InvocationRecord } from './invocation.js';
import { EPHEMERAL, LOADING, type Draft, type Message, type Messages } from './messages.js';
import { problems } from './problem.js';
import { isRecord, records, text, type Json } from './wire.js';
import type { Channel, SandboxUser, World } from './world.js';

const ANSWER_WITHIN = 3_000;
const TOKEN_LIVES = 15 * 60_000;
/** Follow-ups an app may send where it is only installed by the person who uses it. */
const FOLLOW_UPS_OF_STRANGERS = 5;

export interface Interaction {
  id: string;
  token: string;
  type: number;
  channel: Channel;
  user: SandboxUser;
  dispatchedAt: number;
  /** The message whose component was used. */
  source: Message | undefined;
  invocation: InvocationRecord;
}

/** Interactions under way and the rules of answering them: once, within 3 s, edits within 15 min. */
export class Interactions {
  private readonly byToken = new Map<string, Interaction>();
  /** The modals that were shown, by custom id. */
  readonly modals = new Map<string, Json>();

  constructor(
    private readonly world: World,
    private readonly messages: Messages,
  ) {}

  open(of: {
    type: number;
    label: string;
    channel: Channel;
    user: SandboxUser;
    source?: Message;
  }): Interaction {
    const id = this.world.nextId();
    const interaction: Interaction = {
      id,
      token: `sandbox-${crypto.randomUUID()}`,
      type: of.type,
      channel: of.channel,
      user: of.user,
      dispatchedAt: this.world.now(),
      source: of.source,
      invocation: new InvocationRecord(id, of.label, this.messages),
    };
    this.byToken.set(interaction.token, interaction);
    return interaction;
  }

  /** The first answer. Returns the message it made or changed, if any. */
  answer(id: string, token: string, draft: Draft): { interaction: Interaction; message?: Message } {
    const interaction = this.byToken.get(token);
    if (interaction?.id !== id) throw problems.unknownInteraction();
    const { invocation } = interaction;
    if (invocation.answerType !== undefined) throw problems.alreadyAcknowledged();
    const after = this.world.now() - interaction.dispatchedAt;
    if (after > ANSWER_WITHIN) throw problems.unknownInteraction();

    const type = Number(draft.body.type);
    const data = isRecord(draft.body.data) ? draft.body.data : {};
    checkKind(interaction, type);
    const message = this.carryOut(interaction, type, { body: data, files: draft.files });
    invocation.answer(type, after);
    return message ? { interaction, message } : { interaction };
  }

  private carryOut(interaction: Interaction, type: number, draft: Draft): Message | undefined {
    const { invocation, source, channel } = interaction;
    switch (type) {
      case 4:
      case 5: {
        const flags = type === 5 ? LOADING : 0;
        const kept = type === 5 ? { body: { flags: draft.body.flags }, files: new Map() } : draft;
        const more = { flags, interaction: this.metadata(interaction) };
        const message = this.messages.create(channel, this.world.bot.id, kept, more);
        invocation.watch(message, 0);
        return message;
      }
      case 6:
      case 7:
        if (!source) throw problems.invalidForm('type: no message to update');
        invocation.watch(source, source.history.length);
        return type === 7 ? this.messages.edit(source, draft) : source;
      case 8: {
        const choices = records(draft.body.choices);
        if (choices.length > 25) throw problems.invalidForm('choices: 25 or fewer');
        for (const { name, value } of choices)
          if (!text(name) || text(name).length > 100 || text(value).length > 100)
            throw problems.invalidForm('choices: names and values of 1 to 100');
        invocation.choices = choices.map(({ name, value }) => ({
          name: text(name),
          value: typeof value === 'number' ? value : text(value),
        }));
        return undefined;
      }
      case 9:
        invocation.modal = draft.body;
        this.modals.set(text(draft.body.custom_id), draft.body);
        return undefined;
      default:
        throw problems.invalidForm(`type: ${type} is not one of the sandbox's`);
    }
  }

  /** The interaction whose token still lets its webhook be used. */
  byLivingToken(token: string): Interaction {
    const interaction = this.byToken.get(token);
    if (!interaction) throw problems.unknownWebhook();
    if (this.world.now() - interaction.dispatchedAt > TOKEN_LIVES) throw problems.invalidToken();
    if (interaction.invocation.answerType === undefined) throw problems.unknownWebhook();
    return interaction;
  }

  message(interaction: Interaction, id: string): Message {
    const { invocation } = interaction;
    const candidates = [invocation.message, ...invocation.followUpMessages];
    const found = id === '@original' ? invocation.message : candidates.find((one) => one?.id === id);
    if (!found || found.deleted) throw problems.unknownMessage();
    return found;
  }

  /** While the answer is only deferred, a follow-up becomes that answer, as visible as it was deferred. */
  followUp(interaction: Interaction, draft: Draft): Message {
    const { message: answer } = interaction.invocation;
    if (answer && !answer.deleted && answer.flags & LOADING) {
      const flags = Number(draft.body.flags ?? 0) & ~EPHEMERAL;
      return this.messages.edit(answer, { ...draft, body: { ...draft.body, flags } });
    }
    const stranger = this.world.isStrange(interaction.channel);
    if (stranger && interaction.invocation.followUpMessages.length >= FOLLOW_UPS_OF_STRANGERS)
      throw problems.tooManyFollowUps();
    const more = { interaction: this.metadata(interaction) };
    const message = this.messages.create(interaction.channel, this.world.bot.id, draft, more);
    interaction.invocation.followUp(message);
    return message;
  }

  callbackPayload({ id, type }: Interaction, answerType: number, message: Message | undefined): Json {
    return {
      interaction: {
        id,
        type,
        ...(message
          ? {
              response_message_id: message.id,
              response_message_loading: Boolean(message.flags & LOADING),
              response_message_ephemeral: Boolean(message.flags & EPHEMERAL),
            }
          : {}),
      },
      ...(message ? { resource: { type: answerType, message: this.messages.payload(message) } } : {}),
    };
  }

  private metadata({ id, type, user, invocation }: Interaction): Json {
    return {
      id,
      type,
      name: invocation.label,
      user: this.world.userPayload(user),
      authorizing_integration_owners: {},
    };
  }
}

function checkKind(interaction: Interaction, type: number): void {
  const wanted = interaction.type === 4;
  if (wanted !== (type === 8)) throw problems.invalidForm('type: not an answer to this kind of interaction');
}
