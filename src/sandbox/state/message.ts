/** The data of a message. */
import type { JsonObject } from '../json.js';
import type { Attachment, SandboxFile } from './attachments.js';
import type { Channel } from './discord-state.js';
import type { Mentions } from './mentions.js';

/** One state of a message. */
export interface Snapshot {
  /** Milliseconds since 1970. */
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
  /** Edits made more than an hour after its creation. */
  lateEdits: number;
  deleted: boolean;
  /** What it replies to or forwards. */
  reference: JsonObject | undefined;
  /** The interaction that it answers. */
  interaction: JsonObject | undefined;
  /** Of a forward: the payload of the forwarded message as it then was. */
  snapshots: JsonObject[];
  /** The files behind external addresses in its embeds and components, as Discord's proxy has fetched them. */
  links: ReadonlyMap<string, Attachment>;
  mentions: Mentions;
  /** By emoji: the ids of the users who gave it. */
  reactions: Map<string, Set<string>>;
  history: Snapshot[];
}

/** What a client sends to create or edit a message. */
export interface MessageInput {
  body: JsonObject;
  /** By the number n of `files[n]`. */
  files: ReadonlyMap<number, SandboxFile>;
}
