/** Messages beside a job's own: copies of its result, and messages that are to be deleted. */
import type { MessageCopy, MessageLocation } from '../jobs/message-repository.js';
import type { Sql } from './sql.js';

interface PlaceRow {
  readonly message_id: string;
  readonly guild_id: string | null;
  readonly channel_id: string;
}

const placeOf = (row: PlaceRow): MessageLocation => ({
  guildId: row.guild_id,
  channelId: row.channel_id,
  messageId: row.message_id,
});

const COLUMNS = 'message_id, guild_id, channel_id';

export class Messages {
  constructor(private readonly sql: Sql) {}

  /** False when there is no such job. */
  addCopy(job: string, { messageId, userId, guildId, channelId }: MessageCopy): boolean {
    const added = this.sql.run(
      `INSERT OR IGNORE INTO copies (message_id, job, user_id, guild_id, channel_id)
       SELECT ?, id, ?, ?, ? FROM jobs WHERE id = ?`,
      messageId,
      userId,
      guildId,
      channelId,
      job,
    );
    return added > 0;
  }

  copiesOf(job: string): readonly MessageCopy[] {
    return this.sql
      .all<PlaceRow & { user_id: string | null }>(`SELECT ${COLUMNS}, user_id FROM copies WHERE job = ?`, job)
      .map((row) => ({ ...placeOf(row), userId: row.user_id }));
  }

  copiesFor(userId: string): readonly MessageLocation[] {
    return this.sql
      .all<PlaceRow>(`SELECT ${COLUMNS} FROM copies WHERE user_id = ?`, userId)
      .map((row) => placeOf(row));
  }

  /** Of a message that is no copy: nothing. */
  discardCopy(messageId: string): MessageLocation[] {
    return this.#discardCopies('message_id = ?', messageId);
  }

  discardCopiesFor(userId: string): MessageLocation[] {
    return this.#discardCopies('user_id = ?', userId);
  }

  /** Copies that the guild of a job sees. */
  discardCopiesInGuildOf(job: string): MessageLocation[] {
    return this.#discardCopies('job = ?1 AND guild_id = (SELECT guild_id FROM jobs WHERE id = ?1)', job);
  }

  /** The own messages and the copies of some jobs. */
  discardAll(jobs: 'jobs.id = ?' | 'jobs.user_id = ?', value: string): MessageLocation[] {
    return [
      ...this.#unwant(
        `SELECT message_id, message ->> '$.guildId', message ->> '$.channelId' FROM jobs
         WHERE message_id IS NOT NULL AND ${jobs}`,
        value,
      ),
      ...this.#discardCopies(`job IN (SELECT id FROM jobs WHERE ${jobs})`, value),
    ];
  }

  unwanted(): readonly MessageLocation[] {
    return this.sql
      .all<PlaceRow>(`SELECT ${COLUMNS} FROM unwanted_messages ORDER BY rowid`)
      .map((row) => placeOf(row));
  }

  addUnwanted({ messageId, guildId, channelId }: MessageLocation): void {
    this.sql.run(
      `INSERT OR IGNORE INTO unwanted_messages (${COLUMNS}) VALUES (?, ?, ?)`,
      messageId,
      guildId,
      channelId,
    );
  }

  forgetUnwanted(messageId: string): void {
    this.sql.run('DELETE FROM unwanted_messages WHERE message_id = ?', messageId);
  }

  #discardCopies(where: string, value: string): MessageLocation[] {
    const places = this.#unwant(`SELECT ${COLUMNS} FROM copies WHERE ${where}`, value);
    this.sql.run(`DELETE FROM copies WHERE ${where}`, value);
    return places;
  }

  #unwant(places: string, value: string): MessageLocation[] {
    return this.sql
      .all<PlaceRow>(
        `INSERT OR IGNORE INTO unwanted_messages (${COLUMNS}) ${places} RETURNING ${COLUMNS}`,
        value,
      )
      .map((row) => placeOf(row));
  }
}
