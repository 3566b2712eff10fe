/** Careful reading of what came over the wire: nothing here trusts a shape. */
export type Json = Record<string, unknown>;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function records(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

/** Embeds and components name uploaded files as `attachment://name`; Discord stores the address instead. */
export function resolveAttachmentLinks(
  value: unknown,
  addressOf: (name: string) => string | undefined,
): unknown {
  if (typeof value === 'string' && value.startsWith('attachment://'))
    return addressOf(value.slice('attachment://'.length)) ?? value;
  if (Array.isArray(value)) return value.map((item: unknown) => resolveAttachmentLinks(item, addressOf));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolveAttachmentLinks(item, addressOf)]),
  );
}
