/** The style picture that a member keeps, one each. */
import type { StyleRepository } from '../jobs/member-repositories.js';
import type { Pictures } from './pictures.js';
import { toPromise, type Sql } from './sql.js';

export const createOwnStyles = (sql: Sql, pictures: Pictures): StyleRepository => ({
  ownStyle(userId) {
    return toPromise(() => {
      const row = sql.one<{ title: string; hash: string; spoiler: number }>(
        'SELECT title, hash, spoiler FROM own_styles WHERE user_id = ?',
        userId,
      );
      return row && { title: row.title, image: pictures.get(row.hash), spoiler: row.spoiler === 1 };
    });
  },

  saveOwnStyle(userId, { title, image, spoiler }) {
    return toPromise(() => {
      pictures.transaction(() => {
        sql.run(
          'INSERT OR REPLACE INTO own_styles (user_id, title, hash, spoiler) VALUES (?, ?, ?, ?)',
          userId,
          title,
          pictures.put(image),
          Number(spoiler),
        );
      });
      pictures.deleteUnused();
    });
  },
});
