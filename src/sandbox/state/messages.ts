/** Messages: every state that each of them had, and the rules of creating, editing and deleting them. */
import { MessageFlags, MessageReferenceType } from 'discord-api-types/v10';
import { LRUCache } from 'lru-cache';
import { apiErrors } from '../api-errors.js';
import { isObject, mapStrings, objectsIn, toText, type JsonObject } from '../json.js';
import type { Attachment } from './attachments.js';
import type { Channel, DiscordState } from './discord-state.js';
import { mentionsOf } from './mentions.js';
import type { Message, MessageInput, Snapshot } from './message.js';
import { validateMessage } from './message-limits.js';
import { forwardedPayload } from './message-payloads.js';

const HOUR_MS = 3_600_000;
/** "The past few minutes", according to the documentation. */
const NONCE_LIFETIME_MS = 5 * 60_000;
const REMEMBERED_NONCES = 10_000;
/** Discord does not document the number; three is enough for a test to reach it. */
const MAX_EDITS_AFTER_AN_HOUR = 3;

export interface MessageExtras {
  flags?: number;
  interaction?: JsonObject;
  links?: ReadonlyMap<string, Attachment>;
  /** The message that this one forwards. */
  forwarded?: Message;
}

export type Change = 'create' | 'update' | 'delete';
export type ChangeListener = (change: Change, message: Message) => void;

export class MessageStore {
  private readonly byId = new Map<string, Message>();
  private readonly listeners = new Set<ChangeListener>();
  /** By author and nonce. */
  private readonly byNonce: LRUCache<string, Message>;

  constructor(private readonly state: DiscordState) {
    this.byNonce = new LRUCache({
      max: REMEMBERED_NONCES,
      ttl: NONCE_LIFETIME_MS,
      // Without it the cache would keep the time for a millisecond, in which a test may move the clock.
      ttlResolution: 0,
      perf: { now: state.now },
    });
  }

  /** Calls the listener after every change. Returns how to unsubscribe. */
  onChange(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @throws ApiError 10008 */
  get(id: string, channelId?: string): Message {
    const message = this.byId.get(id);
    if (!message || message.deleted || (channelId !== undefined && message.channel.id !== channelId))
      throw apiErrors.unknownMessage();
    return message;
  }

  /** A message that the bot's token has access to, so not an ephemeral one. */
  getPublic(id: string, channelId: string): Message {
    const message = this.get(id, channelId);
    if (message.flags & MessageFlags.Ephemeral) throw apiErrors.unknownMessage();
    return message;
  }

  all(): Message[] {
    return [...this.byId.values()].filter((message) => !message.deleted);
  }

  inChannel(channelId: string): Message[] {
    return this.all().filter((message) => message.channel.id === channelId);
  }

  /**
   * The message that this author sent with the same nonce a few minutes ago, where the body enforces nonces. It may be
   * in another channel. It may also have been deleted: Discord does not document that case, and this is its worst.
   */
  findByNonce(authorId: string, { nonce, enforce_nonce: enforced }: JsonObject): Message | undefined {
    return enforced && nonce ? this.byNonce.get(`${authorId} ${toText(nonce)}`) : undefined;
  }

  create(channel: Channel, authorId: string, input: MessageInput, extras: MessageExtras = {}): Message {
    const { forwarded } = extras;
    const flags =
      Number(input.body.flags ?? 0) | (extras.flags ?? 0) | (forwarded ? MessageFlags.HasSnapshot : 0);
    validateMessage(input, flags, this.state.sizeLimit(channel.guildId));
    const message: Message = {
      id: this.state.nextId(),
      channel,
      authorId,
      content: '',
      embeds: [],
      components: [],
      flags,
      attachments: [],
      createdAt: this.state.now(),
      editedAt: undefined,
      lateEdits: 0,
      deleted: false,
      reference: forwarded ? forwardReference(forwarded) : replyReference(input.body),
      interaction: extras.interaction,
      snapshots: forwarded ? [forwardedPayload(forwarded, this.state)] : [],
      links: extras.links ?? new Map(),
      mentions: { users: [], everyone: false },
      reactions: new Map(),
      history: [],
    };
    this.write(message, input);
    if (!(flags & MessageFlags.Loading) && isEmpty(message)) throw apiErrors.emptyMessage();
    this.byId.set(message.id, message);
    const key = `${authorId} ${toText(input.body.nonce)}`;
    if (input.body.nonce && !this.byNonce.has(key)) this.byNonce.set(key, message);
    this.record('create', message);
    return message;
  }

  edit(message: Message, input: MessageInput): Message {
    const { body } = input;
    const requested = Number(body.flags ?? 0);
    validateMessage(input, message.flags | requested, this.state.sizeLimit(message.channel.guildId));
    const isLate = this.state.now() - message.createdAt > HOUR_MS;
    if (isLate && ++message.lateEdits > MAX_EDITS_AFTER_AN_HOUR) throw apiErrors.tooManyOldEdits();
    const permanent = message.flags & (MessageFlags.Ephemeral | MessageFlags.IsComponentsV2);
    if ('flags' in body) message.flags = requested | permanent;
    message.flags &= ~MessageFlags.Loading;
    this.write(message, input);
    message.editedAt = this.state.now();
    this.record('update', message);
    return message;
  }

  delete(message: Message): void {
    message.deleted = true;
    this.record('delete', message);
  }

  /** Notifies listeners of a change that is no new state of the message itself, such as a reaction. */
  touch(message: Message): void {
    for (const listener of [...this.listeners]) listener('update', message);
  }

  private write(message: Message, { body, files }: MessageInput): void {
    message.attachments = this.attachmentsAfter(message, { body, files });
    const resolved = (value: unknown): unknown[] => {
      const list = resolveAttachmentUrls(value, message.attachments);
      return Array.isArray(list) ? (list as unknown[]) : [];
    };
    if ('content' in body) message.content = toText(body.content);
    if ('embeds' in body) message.embeds = resolved(body.embeds);
    if ('components' in body) message.components = resolved(body.components);
    const repliedTo = this.byId.get(toText(message.reference?.message_id));
    message.mentions = mentionsOf(message.content, body, repliedTo?.authorId);
  }

  /** `attachments` lists which files stay; without it, uploaded files replace all others. */
  private attachmentsAfter(message: Message, { body, files }: MessageInput): Attachment[] {
    const uploaded = [...files]
      .sort(([a], [b]) => a - b)
      .map(([n, file]): Attachment => {
        const attachment = this.state.attachments.add(message.channel.id, file);
        const described = objectsIn(body.attachments).find(({ id }) => toText(id) === String(n));
        if (described?.description === undefined) return attachment;
        return { ...attachment, description: toText(described.description) };
      });
    if (Array.isArray(body.attachments)) {
      const kept = new Set(objectsIn(body.attachments).map(({ id }) => toText(id)));
      return [...message.attachments.filter(({ id }) => kept.has(id)), ...uploaded];
    }
    return uploaded.length > 0 || body.attachments === null ? uploaded : message.attachments;
  }

  private record(change: Change, message: Message): void {
    message.history.push(snapshot(message, this.state.now()));
    for (const listener of [...this.listeners]) listener(change, message);
  }
}

function forwardReference({ id, channel }: Message): JsonObject {
  return {
    type: MessageReferenceType.Forward,
    message_id: id,
    channel_id: channel.id,
    ...(channel.guildId === undefined ? {} : { guild_id: channel.guildId }),
  };
}

function replyReference({ message_reference: reference }: JsonObject): JsonObject | undefined {
  return isObject(reference) ? reference : undefined;
}

/** Embeds and components refer to uploads as `attachment://name`; Discord stores the file's address instead. */
function resolveAttachmentUrls(value: unknown, attachments: readonly Attachment[]): unknown {
  return mapStrings(value, (text) => {
    const name = /^attachment:\/\/(.*)$/s.exec(text)?.[1];
    return attachments.find(({ filename }) => filename === name)?.url ?? text;
  });
}

function isEmpty({ content, embeds, components, attachments, snapshots }: Message): boolean {
  return !content && [embeds, components, attachments, snapshots].every((list) => list.length === 0);
}

function snapshot(message: Message, at: number): Snapshot {
  const { id, channel, content, embeds, components, flags, attachments, deleted } = message;
  return {
    at,
    id,
    channelId: channel.id,
    content,
    embeds: structuredClone(embeds),
    components: structuredClone(components),
    flags,
    attachments: [...attachments],
    deleted,
  };
}
