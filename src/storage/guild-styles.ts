/** The styles that swift was taught for guilds. */
import type { GuildStyleRepository } from '../jobs/settings-repository.js';
import type { Pictures } from './pictures.js';
import { toPromise, type Sql } from './sql.js';

export const createGuildStyles = (sql: Sql, pictures: Pictures): GuildStyleRepository => ({
  guildStyles(guildId) {
    return toPromise(() =>
      sql
        .all<{ name: string; spoiler: number }>(
          'SELECT name, spoiler FROM taught_styles WHERE guild_id = ? ORDER BY name',
          guildId,
        )
        .map(({ name, spoiler }) => ({ name, spoiler: spoiler === 1 })),
    );
  },

  guildStyleFiles(guildId, name) {
    return toPromise(() => {
      const row = sql.one<{ picture: string; taught: string }>(
        'SELECT picture, taught FROM taught_styles WHERE guild_id = ? AND name = ?',
        guildId,
        name,
      );
      return row && { image: pictures.get(row.picture), taught: pictures.get(row.taught) };
    });
  },

  saveGuildStyle(guildId, { name, spoiler, image, taught }) {
    return toPromise(() => {
      pictures.transaction(() => {
        sql.run(
          'INSERT OR REPLACE INTO taught_styles (guild_id, name, picture, taught, spoiler) VALUES (?, ?, ?, ?, ?)',
          guildId,
          name,
          pictures.put(image),
          pictures.put(taught),
          Number(spoiler),
        );
      });
      pictures.deleteUnused();
    });
  },

  forgetGuildStyle(guildId, name) {
    return toPromise(() => {
      const deleted = sql.run('DELETE FROM taught_styles WHERE guild_id = ? AND name = ?', guildId, name);
      pictures.deleteUnused();
      return deleted > 0;
    });
  },

  forgetGuildStyles(guildId) {
    return toPromise(() => {
      sql.run('DELETE FROM taught_styles WHERE guild_id = ?', guildId);
      pictures.deleteUnused();
    });
  },
});
