import { attachmentPayload, type Attachment, type SandboxFile } from './files.js';
import { pinged } from './mentions.js';
import { problems } from './problem.js';
import { isRecord, mapStrings, records, resolveAttachmentLinks, text, type Json } from './wire.js';
import type { Channel, World } from './world.js';

export const EPHEMERAL = 1 << 6;
export const LOADING = 1 << 7;
const HAS_SNAPSHOT = 1 << 14;
const COMPONENTS_V2 = 1 << 15;
const FILE_COMPONENT = 13;
const FORWARD = 1;
const HOUR = 3_600_000;
/** "The past few minutes", as the documentation says. */
const NONCE_MS = 5 * 60_000;
/** Discord keeps the number to itself; three is enough to show that there is one. */
const EDITS_WHEN_OLD = 3;

/** The properties of embeds and components that hold a picture or a file. */
const MEDIA: ReadonlySet<string> = new Set(['image', 'thumbnail', 'media', 'file']);

export interface Snapshot {
  at: number;
  id: string;
  channelId: string;
  content: string;
  embeds: unknown[];
  components: unknown[];
  flags: number;
  attachments: Attachment[];
  deleted: boolean;
}

export interface Message {
  id: string;
  channel: Channel;
  authorId: string;
  content: string;
  embeds: unknown[];
  components: unknown[];
  flags: number;
  attachments: Attachment[];
  createdAt: number;
  editedAt: number | undefined;
  editsWhenOld: number;
  deleted: boolean;
  nonce: string;
  reference: Json | undefined;
  interaction: Json | undefined;
  /** Of a forwarded message: the messages as they were then. */
  snapshots: Json[];
  /** What lies behind addresses elsewhere, as Discord's proxy has fetched it. */
  links: ReadonlyMap<string, Attachment>;
  /** Whom its last state pings. */
  pings: ReturnType<typeof pinged>;
  reactions: Map<string, Set<string>>;
  history: Snapshot[];
}

export type Change = 'create' | 'update' | 'delete';
export type ChangeListener = (change: Change, message: Message) => void;

/** What a caller sends: the JSON part and the files by their number n in `files[n]`. */
export interface Draft {
  body: Json;
  files: ReadonlyMap<number, SandboxFile>;
}

/** All messages, every state each of them had, and the rules of writing them. */
export class Messages {
  private readonly byId = new Map<string, Message>();
  private readonly listeners = new Set<ChangeListener>();

  constructor(private readonly world: World) {}

  onChange(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get(id: string, channelId?: string): Message {
    const message = this.byId.get(id);
    if (!message || message.deleted || (channelId !== undefined && message.channel.id !== channelId))
      throw problems.unknownMessage();
    return message;
  }

  /** The one the bot token reaches: an ephemeral message is out of its reach. */
  getPublic(id: string, channelId: string): Message {
    const message = this.get(id, channelId);
    if (message.flags & EPHEMERAL) throw problems.unknownMessage();
    return message;
  }

  in(channelId: string): Message[] {
    return [...this.byId.values()].filter((message) => message.channel.id === channelId && !message.deleted);
  }

  all(): Message[] {
    return [...this.byId.values()].filter((message) => !message.deleted);
  }

  /**
   * A message that its author sent with this nonce before, a few minutes ago at most, if nonces are to count. In
   * whichever channel; what Discord does with one that was deleted it does not say, so here it is the worst.
   */
  said(authorId: string, { nonce, enforce_nonce: enforced }: Json): Message | undefined {
    if (!enforced || !nonce) return undefined;
    return [...this.byId.values()].find(
      (message) =>
        message.authorId === authorId &&
        message.nonce === text(nonce) &&
        this.world.now() - message.createdAt < NONCE_MS,
    );
  }

  create(
    channel: Channel,
    authorId: string,
    draft: Draft,
    more: {
      flags?: number;
      interaction?: Json;
      links?: ReadonlyMap<string, Attachment>;
      forwarded?: Message;
    } = {},
  ): Message {
    const { forwarded } = more;
    const flags = Number(draft.body.flags ?? 0) | (more.flags ?? 0) | (forwarded ? HAS_SNAPSHOT : 0);
    this.check(channel, flags, draft);
    const message: Message = {
      id: this.world.nextId(),
      channel,
      authorId,
      content: '',
      embeds: [],
      components: [],
      flags,
      attachments: [],
      createdAt: this.world.now(),
      editedAt: undefined,
      editsWhenOld: 0,
      deleted: false,
      nonce: text(draft.body.nonce),
      reference: forwarded ? forwardOf(forwarded) : referenceIn(draft.body),
      interaction: more.interaction,
      snapshots: forwarded ? [this.forwardable(forwarded)] : [],
      links: more.links ?? new Map(),
      pings: { users: [], everyone: false },
      reactions: new Map(),
      history: [],
    };
    this.write(message, draft);
    if (!(flags & LOADING) && isEmpty(message)) throw problems.emptyMessage();
    this.byId.set(message.id, message);
    this.record('create', message);
    return message;
  }

  edit(message: Message, draft: Draft): Message {
    this.check(message.channel, message.flags | Number(draft.body.flags ?? 0), draft);
    if (this.world.now() - message.createdAt > HOUR && ++message.editsWhenOld > EDITS_WHEN_OLD)
      throw problems.tooManyOldEdits();
    if ('flags' in draft.body)
      message.flags = Number(draft.body.flags ?? 0) | (message.flags & (EPHEMERAL | COMPONENTS_V2));
    message.flags &= ~LOADING;
    this.write(message, draft);
    message.editedAt = this.world.now();
    this.record('update', message);
    return message;
  }

  delete(message: Message): void {
    message.deleted = true;
    this.record('delete', message);
  }

  private check(channel: Channel, flags: number, { body, files }: Draft): void {
    const limit = this.world.sizeLimit(channel.guildId);
    let total = 0;
    for (const file of files.values()) {
      total += file.bytes.byteLength;
      if (file.bytes.byteLength > limit) throw problems.tooLarge();
    }
    if (total > 10 * limit || files.size > 10) throw problems.tooLarge();
    if (text(body.content).length > 2000) throw problems.invalidForm('content: 2000 or fewer in length');
    if (records(body.embeds).length > 10) throw problems.invalidForm('embeds: 10 or fewer');
    const described = [...records(body.attachments), ...records(body.embeds).map(({ image }) => image)];
    if (records(described).some(({ description }) => text(description).length > 1024))
      throw problems.invalidForm('description: 1024 or fewer in length');
    checkComponents(body.components, flags);
    if (flags & COMPONENTS_V2 && (text(body.content) || records(body.embeds).length > 0))
      throw problems.invalidForm('content and embeds cannot be used with IS_COMPONENTS_V2');
  }

  private write(message: Message, { body, files }: Draft): void {
    const uploaded = [...files]
      .sort(([a], [b]) => a - b)
      .map(([n, file]) => {
        const added = this.world.files.add(message.channel.id, file);
        const told = records(body.attachments).find(({ id }) => text(id) === String(n));
        return told?.description === undefined ? added : { ...added, description: text(told.description) };
      });
    if (Array.isArray(body.attachments)) {
      const kept = new Set(records(body.attachments).map((entry) => text(entry.id)));
      message.attachments = [...message.attachments.filter(({ id }) => kept.has(id)), ...uploaded];
    } else if (uploaded.length > 0 || body.attachments === null) message.attachments = uploaded;

    const resolved = (value: unknown): unknown[] => {
      const list = resolveAttachmentLinks(
        value,
        (name) => message.attachments.find(({ filename }) => filename === name)?.url,
      );
      return Array.isArray(list) ? (list as unknown[]) : [];
    };
    if ('content' in body) message.content = text(body.content);
    if ('embeds' in body) message.embeds = resolved(body.embeds);
    if ('components' in body) message.components = resolved(body.components);
    const answered = this.byId.get(text(message.reference?.message_id));
    message.pings = pinged(message.content, body, answered?.authorId);
  }

  private record(change: Change, message: Message): void {
    message.history.push(snapshot(message, this.world.now()));
    for (const listener of [...this.listeners]) listener(change, message);
  }

  private signed(parts: unknown): unknown[] {
    return mapStrings(parts, (value) => this.world.files.signed(value)) as unknown[];
  }

  /**
   * A message as the API tells it: files that its embeds or components show stand there alone, not among the
   * attachments.
   */
  payload(message: Message): Json {
    if (message.flags & COMPONENTS_V2) return { ...this.seen(message), attachments: [] };
    const shown = JSON.stringify([message.embeds, message.components]);
    const loose = message.attachments.filter(({ url }) => !shown.includes(url));
    return { ...this.seen(message), attachments: this.told(loose) };
  }

  private told(attachments: readonly Attachment[]): Json[] {
    return attachments.map((attachment) => attachmentPayload(attachment, this.world.files));
  }

  /** A message of somebody else as a bot reads it that has no message content intent; not those of an interaction. */
  withoutContent(message: Message): Json {
    const told = this.payload(message);
    if (message.authorId === this.world.bot.id || message.channel.guildId === undefined) return told;
    return { ...told, content: '', embeds: [], attachments: [], components: [] };
  }

  /** What a forward takes along. */
  private forwardable(message: Message): Json {
    const { type, content, timestamp, edited_timestamp, mentions, mention_roles, flags, ...shown } =
      this.payload(message);
    const { embeds, attachments, components } = shown;
    return {
      ...{ type, content, timestamp, edited_timestamp, mentions, mention_roles, flags },
      ...{ embeds, attachments, components },
    };
  }

  /** Embeds and components with what Discord adds to the pictures and files in them. */
  private unfurled(message: Message, value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item: unknown) => this.unfurled(message, item));
    if (!isRecord(value)) return value;
    const told: Json = {};
    for (const [key, inner] of Object.entries(value)) {
      const item = this.unfurled(message, inner);
      const unfurls = MEDIA.has(key) && isRecord(item);
      told[key] = unfurls ? { ...item, ...this.media(message, text(item.url)) } : item;
    }
    if (told.type === FILE_COMPONENT && isRecord(told.file)) {
      const uploaded = message.attachments.find(
        ({ id }) => isRecord(told.file) && id === told.file.attachment_id,
      );
      if (uploaded) Object.assign(told, { name: uploaded.filename, size: uploaded.size });
    }
    return told;
  }

  /** A file that was uploaded, or fetched by Discord's proxy from elsewhere. */
  private media(message: Message, url: string): Json {
    const uploaded = message.attachments.find((attachment) => attachment.url === url);
    const file = uploaded ?? message.links.get(url);
    if (!file) return { proxy_url: url };
    const { contentType, width, height } = file;
    return {
      proxy_url: file.url,
      content_type: contentType,
      ...(width === undefined ? {} : { width, height }),
      ...(uploaded ? { attachment_id: uploaded.id } : {}),
    };
  }

  /** A message with all its files, as people see it. */
  seen(message: Message): Json {
    const author = this.world.users.get(message.authorId);
    return {
      id: message.id,
      type: message.interaction ? 20 : message.reference && message.reference.type !== FORWARD ? 19 : 0,
      channel_id: message.channel.id,
      author: author ? this.world.userPayload(author) : null,
      content: message.content,
      timestamp: new Date(message.createdAt).toISOString(),
      edited_timestamp: message.editedAt === undefined ? null : new Date(message.editedAt).toISOString(),
      tts: false,
      mention_everyone: message.pings.everyone,
      mentions: message.pings.users.flatMap((id) => {
        const user = this.world.users.get(id);
        return user ? [this.world.userPayload(user)] : [];
      }),
      mention_roles: [],
      attachments: this.told(message.attachments),
      embeds: this.signed(this.unfurled(message, message.embeds)).map((embed) => ({
        type: 'rich',
        ...(isRecord(embed) ? embed : {}),
      })),
      components: this.signed(this.unfurled(message, message.components)),
      pinned: false,
      flags: message.flags,
      ...(author?.bot ? { application_id: this.world.applicationId } : {}),
      ...(message.interaction
        ? { interaction_metadata: message.interaction, webhook_id: this.world.applicationId }
        : {}),
      ...(message.reference ? { message_reference: message.reference } : {}),
      ...(message.snapshots.length > 0
        ? { message_snapshots: message.snapshots.map((snapshot) => ({ message: snapshot })) }
        : {}),
      reactions: [...message.reactions].map(([name, users]) => ({
        emoji: { id: null, name },
        count: users.size,
        count_details: { burst: 0, normal: users.size },
        burst_colors: [],
        me: users.has(this.world.bot.id),
        me_burst: false,
      })),
    };
  }

  /** Reactions are no new state of a message, but those who watch want to see them. */
  touch(message: Message): void {
    for (const listener of [...this.listeners]) listener('update', message);
  }
}

const forwardOf = ({ id, channel }: Message): Json => ({
  type: FORWARD,
  message_id: id,
  channel_id: channel.id,
  ...(channel.guildId === undefined ? {} : { guild_id: channel.guildId }),
});

const referenceIn = ({ message_reference: told }: Json): Json | undefined =>
  isRecord(told) ? told : undefined;

function isEmpty(message: Message): boolean {
  return (
    !message.content &&
    [message.embeds, message.components, message.attachments, message.snapshots].every((list) => !list.length)
  );
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

function checkComponents(components: unknown, flags: number): void {
  const top = records(components);
  if (!(flags & COMPONENTS_V2)) {
    if (top.length > 5) throw problems.invalidForm('components: 5 or fewer');
    if (top.some(({ type }) => type !== 1)) throw problems.invalidForm('components: only rows of components');
  }
  const seen = new Set<string>();
  const visit = (component: Json): void => {
    const children = records(component.components);
    if (component.type === 1 && (children.length < 1 || children.length > 5))
      throw problems.invalidForm('components: a row holds 1 to 5');
    const customId = text(component.custom_id);
    if (customId.length > 100) throw problems.invalidForm('custom_id: 100 or fewer in length');
    if (customId && seen.has(customId)) throw problems.invalidForm('custom_id: cannot be duplicated');
    seen.add(customId);
    if (records(component.options).length > 25) throw problems.invalidForm('options: 25 or fewer');
    children.forEach(visit);
    if (isRecord(component.accessory)) visit(component.accessory);
  };
  top.forEach(visit);
}
