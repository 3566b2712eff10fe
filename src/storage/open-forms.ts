/**
 * The pictures that an open modal is about. Discord does not send them along when the modal is submitted, and without the
 * message content intent the bot cannot read them from the message again.
 */
import type { FormRepository, OpenForm } from '../jobs/member-repositories.js';
import { toPromise, type Sql } from './sql.js';

/** Discord's attachment URLs work for a day. */
const LIFETIME_MS = 24 * 3_600_000;
/** Per member. Discord shows one modal at a time and does not report that one was closed. */
const FORMS_MAX = 20;

export const createOpenForms = (sql: Sql): FormRepository => ({
  saveForm({ id, userId, pictures }) {
    return toPromise(() => {
      sql.transaction(() => {
        deleteExpiredForms(sql);
        sql.run(
          'INSERT INTO open_forms (id, user_id, created_at, pictures) VALUES (?, ?, ?, ?)',
          id,
          userId,
          Date.now(),
          JSON.stringify(pictures),
        );
        sql.run(
          `DELETE FROM open_forms WHERE user_id = ?1 AND rowid NOT IN
             (SELECT rowid FROM open_forms WHERE user_id = ?1 ORDER BY rowid DESC LIMIT ?2)`,
          userId,
          FORMS_MAX,
        );
      });
    });
  },

  /** The form stays until it expires: when the bot's answer gets lost, the member submits the modal again. */
  form(id, userId) {
    return toPromise(() => {
      const row = sql.one<{ pictures: string }>(
        'SELECT pictures FROM open_forms WHERE id = ? AND user_id = ? AND created_at > ?',
        id,
        userId,
        Date.now() - LIFETIME_MS,
      );
      return row && { id, userId, pictures: JSON.parse(row.pictures) as OpenForm['pictures'] };
    });
  },
});

export function deleteExpiredForms(sql: Sql): void {
  sql.run('DELETE FROM open_forms WHERE created_at <= ?', Date.now() - LIFETIME_MS);
}

/** A member's open forms, ready for JSON. */
export const exportedForms = (sql: Sql, userId: string): readonly unknown[] =>
  sql
    .all<{ created_at: number; pictures: string }>(
      'SELECT created_at, pictures FROM open_forms WHERE user_id = ? ORDER BY rowid',
      userId,
    )
    .map(({ created_at, pictures }) => ({
      openedAt: new Date(created_at).toISOString(),
      pictures: JSON.parse(pictures) as unknown,
    }));
