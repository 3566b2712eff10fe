/** Messages as the API represents them. */
import {
  ComponentType,
  EmbedType,
  MessageFlags,
  MessageReferenceType,
  MessageType,
} from 'discord-api-types/v10';
import { isObject, mapStrings, toText, type JsonObject } from '../json.js';
import type { Attachment } from './attachments.js';
import type { DiscordState } from './discord-state.js';
import type { Message } from './message.js';
import { userPayload } from './payloads.js';

/** The properties of embeds and components that hold a picture or a file. */
const MEDIA_PROPERTIES: ReadonlySet<string> = new Set(['image', 'thumbnail', 'media', 'file']);

/** For the bot: files that embeds or components show are not among the attachments as well. */
export function messagePayload(message: Message, state: DiscordState): JsonObject {
  const payload = fullPayload(message, state);
  if (message.flags & MessageFlags.IsComponentsV2) return { ...payload, attachments: [] };
  const shown = JSON.stringify([message.embeds, message.components]);
  const others = message.attachments.filter(({ url }) => !shown.includes(url));
  return { ...payload, attachments: others.map((attachment) => state.attachments.payload(attachment)) };
}

/** For a bot without the message content intent: in guilds it only sees the content of its own messages. */
export function payloadWithoutContent(message: Message, state: DiscordState): JsonObject {
  const payload = messagePayload(message, state);
  if (message.authorId === state.bot.id || message.channel.guildId === undefined) return payload;
  return { ...payload, content: '', embeds: [], attachments: [], components: [] };
}

/** The part of a message that its forward contains. */
export function forwardedPayload(message: Message, state: DiscordState): JsonObject {
  const payload = messagePayload(message, state);
  const { type, content, timestamp, edited_timestamp, mentions, mention_roles, flags } = payload;
  const { embeds, attachments, components } = payload;
  return {
    ...{ type, content, timestamp, edited_timestamp, mentions, mention_roles, flags },
    ...{ embeds, attachments, components },
  };
}

/** For the page: the message with all its files. */
export function fullPayload(message: Message, state: DiscordState): JsonObject {
  const author = state.users.get(message.authorId);
  const mentioned = message.mentions.users.flatMap((id) => state.users.get(id) ?? []);
  return {
    id: message.id,
    type: typeOf(message),
    channel_id: message.channel.id,
    author: author ? userPayload(author) : null,
    content: message.content,
    timestamp: new Date(message.createdAt).toISOString(),
    edited_timestamp: message.editedAt === undefined ? null : new Date(message.editedAt).toISOString(),
    tts: false,
    mention_everyone: message.mentions.everyone,
    mentions: mentioned.map(userPayload),
    mention_roles: [],
    attachments: message.attachments.map((attachment) => state.attachments.payload(attachment)),
    embeds: signed(withMedia(message.embeds, message), state).map((embed) => ({
      type: EmbedType.Rich,
      ...(isObject(embed) ? embed : {}),
    })),
    components: signed(withMedia(message.components, message), state),
    pinned: false,
    flags: message.flags,
    ...(author?.bot ? { application_id: state.applicationId } : {}),
    ...(message.interaction
      ? { interaction_metadata: message.interaction, webhook_id: state.applicationId }
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
      me: users.has(state.bot.id),
      me_burst: false,
    })),
  };
}

function typeOf({ interaction, reference }: Message): MessageType {
  if (interaction) return MessageType.ChatInputCommand;
  const isReply = reference && reference.type !== MessageReferenceType.Forward;
  return isReply ? MessageType.Reply : MessageType.Default;
}

function signed(value: unknown, state: DiscordState): unknown[] {
  return mapStrings(value, (text) => state.attachments.sign(text)) as unknown[];
}

/** Embeds or components, with what Discord adds to the pictures and files in them. */
function withMedia(value: unknown, message: Message): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withMedia(item, message));
  if (!isObject(value)) return value;
  const payload: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    const item = withMedia(inner, message);
    const isMedia = MEDIA_PROPERTIES.has(key) && isObject(item);
    payload[key] = isMedia ? { ...item, ...mediaPayload(toText(item.url), message) } : item;
  }
  if (payload.type !== ComponentType.File || !isObject(payload.file)) return payload;
  const uploaded = attachmentById(message, payload.file.attachment_id);
  return uploaded ? { ...payload, name: uploaded.filename, size: uploaded.size } : payload;
}

/** @param url of an attachment, or of an external file that Discord's proxy has fetched */
function mediaPayload(url: string, message: Message): JsonObject {
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

function attachmentById(message: Message, wanted: unknown): Attachment | undefined {
  return message.attachments.find(({ id }) => id === wanted);
}
