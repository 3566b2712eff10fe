import { attachmentPayload, type SandboxFile } from './files.js';
import { isRecord, records, text, type Json } from './wire.js';
import type { World } from './world.js';

/** What is filled into a modal: a text, choices, a file. */
export type FieldValue = string | readonly string[] | SandboxFile;

const TEXT = 4;
const FILE = 19;

/** A modal's components as they are submitted: in the layout they were shown in, each with its value. */
export function fillModal(
  world: World,
  modal: Json,
  fields: Readonly<Record<string, FieldValue>>,
  channelId: string,
): { components: Json[]; attachments: Record<string, Json> } {
  const attachments: Record<string, Json> = {};
  const left = new Set(Object.keys(fields));
  const filled = (component: Json): Json => {
    const { type, custom_id } = component;
    const value = fields[text(custom_id)];
    left.delete(text(custom_id));
    const empty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    if (empty && component.required !== false) throw new Error(`The modal needs ${text(custom_id)}`);
    if (type === TEXT) return { type, custom_id, value: typeof value === 'string' ? value : '' };
    if (type !== FILE) return { type, custom_id, values: Array.isArray(value) ? value : [] };
    if (!isFile(value)) return { type, custom_id, values: [] };
    const attachment = world.files.add(channelId, value);
    attachments[attachment.id] = attachmentPayload(attachment, world.files);
    return { type, custom_id, values: [attachment.id] };
  };
  const components = records(modal.components)
    .filter(({ type }) => type !== 10)
    .map((row) =>
      isRecord(row.component)
        ? { type: row.type, component: filled(row.component) }
        : { type: row.type, components: records(row.components).map(filled) },
    );
  if (left.size > 0) throw new Error(`The modal has no ${[...left].join(', ')}`);
  return { components, attachments };
}

function isFile(value: FieldValue | undefined): value is SandboxFile {
  return isRecord(value);
}

/** The custom ids of a modal's lists of choices. */
export function selectsOf(modal: Json | undefined): ReadonlySet<string> {
  const rows = records(modal?.components);
  const parts = rows.flatMap((row) => (isRecord(row.component) ? [row.component] : records(row.components)));
  return new Set(parts.filter(({ type }) => type === 3).map(({ custom_id }) => text(custom_id)));
}
