import type { NetworkName } from '../pipeline/requests.js';

export interface GuildSettings {
  /** Where the bot may be used; none: everywhere. */
  readonly channels: readonly string[];
  /** Who may use it; none: everyone. */
  readonly roles: readonly string[];
  readonly blocked: readonly string[];
  readonly forbiddenNetworks: readonly NetworkName[];
  readonly size?: number;
  readonly perUser?: number;
  readonly perGuild?: number;
  /** Whether a picture is cancelled when its message is deleted. Otherwise it comes in a new one. */
  readonly stopDeleted: boolean;
  /** The preset that is offered first, and used where none can be named. */
  readonly style?: string;
  /** Where pictures with enough stars are shown. */
  readonly galleryChannel?: string;
  readonly stars: number;
  readonly spoilers: boolean;
  /** Whether the bot puts its reactions under its results. */
  readonly reactions: boolean;
}

export const DEFAULT_SETTINGS: GuildSettings = {
  channels: [],
  roles: [],
  blocked: [],
  forbiddenNetworks: [],
  stopDeleted: true,
  stars: 3,
  spoilers: false,
  reactions: false,
};

export interface SettingsRepository {
  /** The defaults if a guild has set nothing, and in direct messages (null). */
  settings(guildId: string | null): Promise<GuildSettings>;
  /** Without settings, the guild's go back to the defaults. */
  saveSettings(guildId: string, settings: GuildSettings | undefined): Promise<void>;
}
