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

/** The same value with every string in it passed through `change`. */
export function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item: unknown) => mapStrings(item, change));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}

/** Embeds and components name uploaded files as `attachment://name`; Discord stores the address instead. */
export function resolveAttachmentLinks(
  value: unknown,
  addressOf: (name: string) => string | undefined,
): unknown {
  return mapStrings(value, (text) =>
    text.startsWith('attachment://') ? (addressOf(text.slice('attachment://'.length)) ?? text) : text,
  );
}
