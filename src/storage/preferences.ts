/** What guilds and people have settled: a guild's settings, a person's own style. */
import type { OwnStyle } from '../jobs/member-repositories.js';
import { DEFAULT_SETTINGS, type GuildSettings } from '../jobs/settings-repository.js';
import type { Pictures } from './pictures.js';
import type { Sql } from './sql.js';

export class Preferences {
  constructor(
    private readonly sql: Sql,
    private readonly pictures: Pictures,
  ) {}

  settings(guildId: string | null): GuildSettings {
    const row = this.sql.one<{ settings: string }>(
      'SELECT settings FROM guild_settings WHERE guild_id = ?',
      guildId,
    );
    return { ...DEFAULT_SETTINGS, ...(row && (JSON.parse(row.settings) as GuildSettings)) };
  }

  saveSettings(guildId: string, settings: GuildSettings | undefined): void {
    if (settings)
      this.sql.run(
        'INSERT OR REPLACE INTO guild_settings (guild_id, settings) VALUES (?, ?)',
        guildId,
        JSON.stringify(settings),
      );
    else this.sql.run('DELETE FROM guild_settings WHERE guild_id = ?', guildId);
  }

  ownStyle(userId: string): OwnStyle | undefined {
    const row = this.sql.one<{ title: string; hash: string; spoiler: number }>(
      'SELECT title, hash, spoiler FROM own_styles WHERE user_id = ?',
      userId,
    );
    return row && { title: row.title, image: this.pictures.get(row.hash), spoiler: row.spoiler === 1 };
  }

  saveOwnStyle(userId: string, { title, image, spoiler }: OwnStyle): void {
    this.pictures.transaction(() => {
      this.sql.run(
        'INSERT OR REPLACE INTO own_styles (user_id, title, hash, spoiler) VALUES (?, ?, ?, ?)',
        userId,
        title,
        this.pictures.put(image),
        Number(spoiler),
      );
    });
  }
}
