/** Refuses messages that exceed Discord's documented limits. */
import { ComponentType, MessageFlags } from 'discord-api-types/v10';
import { apiErrors } from '../api-errors.js';
import { isObject, objectsIn, toText, type JsonObject } from '../json.js';
import type { MessageInput } from './message.js';

/**
 * @param flags those that the message will have
 * @param sizeLimit bytes that one file may have
 * @throws ApiError 40005 for too many bytes, 50035 for everything else
 */
export function validateMessage({ body, files }: MessageInput, flags: number, sizeLimit: number): void {
  const sizes = [...files.values()].map(({ bytes }) => bytes.byteLength);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.some((size) => size > sizeLimit) || total > 10 * sizeLimit || sizes.length > 10)
    throw apiErrors.tooLarge();
  if (toText(body.content).length > 2000) throw apiErrors.invalidForm('content: 2000 or fewer in length');
  if (objectsIn(body.embeds).length > 10) throw apiErrors.invalidForm('embeds: 10 or fewer');
  const described = [...objectsIn(body.attachments), ...objectsIn(body.embeds).map(({ image }) => image)];
  if (objectsIn(described).some(({ description }) => toText(description).length > 1024))
    throw apiErrors.invalidForm('description: 1024 or fewer in length');
  validateComponents(body.components, flags);
  if (flags & MessageFlags.IsComponentsV2 && (toText(body.content) || objectsIn(body.embeds).length > 0))
    throw apiErrors.invalidForm('content and embeds cannot be used with IS_COMPONENTS_V2');
}

function validateComponents(components: unknown, flags: number): void {
  const topLevel = objectsIn(components);
  if (!(flags & MessageFlags.IsComponentsV2)) {
    if (topLevel.length > 5) throw apiErrors.invalidForm('components: 5 or fewer');
    if (topLevel.some(({ type }) => type !== ComponentType.ActionRow))
      throw apiErrors.invalidForm('components: only action rows');
  }
  const seen = new Set<string>();
  const visit = (component: JsonObject): void => {
    const children = objectsIn(component.components);
    if (component.type === ComponentType.ActionRow && (children.length < 1 || children.length > 5))
      throw apiErrors.invalidForm('components: an action row has 1 to 5');
    const customId = toText(component.custom_id);
    if (customId.length > 100) throw apiErrors.invalidForm('custom_id: 100 or fewer in length');
    if (customId && seen.has(customId)) throw apiErrors.invalidForm('custom_id: cannot be duplicated');
    seen.add(customId);
    if (objectsIn(component.options).length > 25) throw apiErrors.invalidForm('options: 25 or fewer');
    children.forEach(visit);
    if (isObject(component.accessory)) visit(component.accessory);
  };
  topLevel.forEach(visit);
}
