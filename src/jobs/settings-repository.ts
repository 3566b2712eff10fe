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

/** A style that swift was taught for one guild. */
export interface GuildStyle {
  readonly name: string;
  /** It came hidden, so what is painted with it is hidden too. */
  readonly spoiler: boolean;
}

/** Styles that a guild may have. */
export const GUILD_STYLES_MAX = 10;

export interface GuildStyleRepository {
  /** In the order of their names. */
  guildStyles(guildId: string): Promise<readonly GuildStyle[]>;
  /** The style's picture, and the file of what swift was taught; undefined if there is no such style. */
  guildStyleFiles(
    guildId: string,
    name: string,
  ): Promise<{ readonly image: Uint8Array; readonly taught: Uint8Array } | undefined>;
  /** Replaces a style of the same name. */
  saveGuildStyle(
    guildId: string,
    style: GuildStyle & { readonly image: Uint8Array; readonly taught: Uint8Array },
  ): Promise<void>;
  /** False if there is no such style. */
  forgetGuildStyle(guildId: string, name: string): Promise<boolean>;
  /** When the bot has left the guild. */
  forgetGuildStyles(guildId: string): Promise<void>;
}

export interface SettingsRepository {
  /** The defaults if a guild has set nothing, and in direct messages (null). */
  settings(guildId: string | null): Promise<GuildSettings>;
  /** Without settings, the guild's go back to the defaults. */
  saveSettings(guildId: string, settings: GuildSettings | undefined): Promise<void>;
}
