/** Bundled style pictures, by name. */
export interface PresetLibrary {
  list(): readonly { name: string; title: string }[];
  png(name: string): Promise<Uint8Array>;
}
