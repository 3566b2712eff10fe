/** Turns the values of a modal's fields into the data of its submission. */
import { ComponentType } from 'discord-api-types/v10';
import { isObject, objectsIn, toText, type JsonObject } from '../json.js';
import type { AttachmentStore, SandboxFile } from '../state/attachments.js';

/** A text, the chosen values of a select, or a file. */
export type FieldValue = string | readonly string[] | SandboxFile;

/** @param values by custom id of the field */
export function submitModal(
  modal: JsonObject,
  values: Readonly<Record<string, FieldValue>>,
  { attachments, channelId }: { attachments: AttachmentStore; channelId: string },
): { components: JsonObject[]; attachments: Record<string, JsonObject> } {
  const resolved: Record<string, JsonObject> = {};
  const unused = new Set(Object.keys(values));
  const submit = (field: JsonObject): JsonObject => {
    const { type, custom_id } = field;
    const id = toText(custom_id);
    const value = values[id];
    unused.delete(id);
    const isEmpty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    if (isEmpty && field.required !== false) throw new Error(`The modal needs ${id}`);
    if (type === ComponentType.StringSelect && isChosen(value)) checkChosen(field, value);
    if (type === ComponentType.TextInput)
      return { type, custom_id, value: typeof value === 'string' ? value : '' };
    if (type !== ComponentType.FileUpload)
      return { type, custom_id, values: Array.isArray(value) ? value : [] };
    if (!isFile(value)) return { type, custom_id, values: [] };
    const attachment = attachments.add(channelId, value);
    resolved[attachment.id] = attachments.payload(attachment);
    return { type, custom_id, values: [attachment.id] };
  };
  const components = objectsIn(modal.components)
    .filter(({ type }) => type !== ComponentType.TextDisplay)
    .map((row) =>
      isObject(row.component)
        ? { type: row.type, component: submit(row.component) }
        : { type: row.type, components: objectsIn(row.components).map(submit) },
    );
  if (unused.size > 0) throw new Error(`The modal has no ${[...unused].join(', ')}`);
  return { components, attachments: resolved };
}

/** Throws if Discord's client would not let a member choose these values of a select. */
export function checkChosen(select: JsonObject, values: readonly string[]): void {
  const { custom_id, min_values = 1, max_values = 1 } = select;
  const offered = new Set(objectsIn(select.options).map(({ value }) => toText(value)));
  const unknown = values.find((value) => !offered.has(value));
  if (unknown !== undefined) throw new Error(`${toText(custom_id)} has no option ${unknown}`);
  if (values.length < Number(min_values) || values.length > Number(max_values))
    throw new Error(`${toText(custom_id)} takes ${Number(min_values)} to ${Number(max_values)} values`);
}

function isFile(value: FieldValue | undefined): value is SandboxFile {
  return isObject(value);
}

function isChosen(value: FieldValue | undefined): value is readonly string[] {
  return Array.isArray(value);
}

/** The custom ids of a modal's selects. */
export function selectIds(modal: JsonObject | undefined): ReadonlySet<string> {
  const rows = objectsIn(modal?.components);
  const fields = rows.flatMap((row) =>
    isObject(row.component) ? [row.component] : objectsIn(row.components),
  );
  const selects = fields.filter(({ type }) => type === ComponentType.StringSelect);
  return new Set(selects.map(({ custom_id }) => toText(custom_id)));
}
