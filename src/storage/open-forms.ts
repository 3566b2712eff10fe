/**
 * What the modals that people have open are about. Discord does not repeat it when a modal is sent, and without the
 * message content intent the message cannot be read again.
 */
import type { OpenForm } from '../jobs/member-repositories.js';
import type { Sql } from './sql.js';

/** Addresses of attachments work for a day. */
const LIFE_MS = 24 * 3_600_000;
/** Of one person; Discord shows one modal at a time, and one that is closed says nothing. */
const FORMS_MAX = 20;

export class OpenForms {
  constructor(private readonly sql: Sql) {}

  save({ id, userId, pictures }: OpenForm): void {
    this.sql.transaction(() => {
      this.sweep();
      this.sql.run(
        'INSERT INTO open_forms (id, user_id, created_at, pictures) VALUES (?, ?, ?, ?)',
        id,
        userId,
        Date.now(),
        JSON.stringify(pictures),
      );
      this.sql.run(
        `DELETE FROM open_forms WHERE user_id = ?1 AND rowid NOT IN
           (SELECT rowid FROM open_forms WHERE user_id = ?1 ORDER BY rowid DESC LIMIT ?2)`,
        userId,
        FORMS_MAX,
      );
    });
  }

  /** It stays until it is too old: where Discord loses the bot's answer, the person sends the modal again. */
  find(id: string, userId: string): OpenForm | undefined {
    const row = this.sql.one<{ pictures: string }>(
      'SELECT pictures FROM open_forms WHERE id = ? AND user_id = ? AND created_at > ?',
      id,
      userId,
      Date.now() - LIFE_MS,
    );
    return row && { id, userId, pictures: JSON.parse(row.pictures) as OpenForm['pictures'] };
  }

  /** As `/privacy view` tells it. */
  of(userId: string): readonly unknown[] {
    return this.sql
      .all<{ created_at: number; pictures: string }>(
        'SELECT created_at, pictures FROM open_forms WHERE user_id = ? ORDER BY rowid',
        userId,
      )
      .map(({ created_at, pictures }) => ({
        openedAt: new Date(created_at).toISOString(),
        pictures: JSON.parse(pictures) as unknown,
      }));
  }

  deleteOf(userId: string): void {
    this.sql.run('DELETE FROM open_forms WHERE user_id = ?', userId);
  }

  /** Deletes those that are too old. */
  sweep(): void {
    this.sql.run('DELETE FROM open_forms WHERE created_at <= ?', Date.now() - LIFE_MS);
  }
}
