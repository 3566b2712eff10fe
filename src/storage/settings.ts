/** The settings of guilds. */
import {
  DEFAULT_SETTINGS,
  type GuildSettings,
  type SettingsRepository,
} from '../jobs/settings-repository.js';
import { toPromise, type Sql } from './sql.js';

export const createSettings = (sql: Sql): SettingsRepository => ({
  settings(guildId) {
    return toPromise(() => {
      const row = sql.one<{ settings: string }>(
        'SELECT settings FROM guild_settings WHERE guild_id = ?',
        guildId,
      );
      return { ...DEFAULT_SETTINGS, ...(row && (JSON.parse(row.settings) as GuildSettings)) };
    });
  },

  saveSettings(guildId, settings) {
    return toPromise(() => {
      if (settings)
        sql.run(
          'INSERT OR REPLACE INTO guild_settings (guild_id, settings) VALUES (?, ?)',
          guildId,
          JSON.stringify(settings),
        );
      else sql.run('DELETE FROM guild_settings WHERE guild_id = ?', guildId);
    });
  },
});
