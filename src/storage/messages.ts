/** Messages beside a job's own: copies of its result, and messages that the bot still has to delete. */
import type { MessageLocation, MessageRepository } from '../jobs/message-repository.js';
import { toPromise, type Sql } from './sql.js';

interface MessageRow {
  readonly message_id: string;
  readonly guild_id: string | null;
  readonly channel_id: string;
}

const COLUMNS = 'message_id, guild_id, channel_id';

const locationOf = (row: MessageRow): MessageLocation => ({
  guildId: row.guild_id,
  channelId: row.channel_id,
  messageId: row.message_id,
});

export const createMessages = (sql: Sql): MessageRepository => ({
  addCopy(job, { messageId, userId, guildId, channelId }) {
    return toPromise(() => {
      const added = sql.run(
        `INSERT OR IGNORE INTO copies (message_id, job, user_id, guild_id, channel_id)
         SELECT ?, id, ?, ?, ? FROM jobs WHERE id = ?`,
        messageId,
        userId,
        guildId,
        channelId,
        job,
      );
      return added > 0;
    });
  },

  copiesOf(job) {
    return toPromise(() =>
      sql
        .all<MessageRow & { user_id: string | null }>(
          `SELECT ${COLUMNS}, user_id FROM copies WHERE job = ?`,
          job,
        )
        .map((row) => ({ ...locationOf(row), userId: row.user_id })),
    );
  },

  discardCopy(messageId) {
    return toPromise(() => sql.transaction(() => discardCopies(sql, 'message_id = ?', messageId)));
  },

  unwantedMessages() {
    return toPromise(() =>
      sql.all<MessageRow>(`SELECT ${COLUMNS} FROM unwanted_messages ORDER BY rowid`).map(locationOf),
    );
  },

  addUnwanted({ messageId, guildId, channelId }) {
    return toPromise(() => {
      sql.run(
        `INSERT OR IGNORE INTO unwanted_messages (${COLUMNS}) VALUES (?, ?, ?)`,
        messageId,
        guildId,
        channelId,
      );
    });
  },

  forgetUnwanted(messageId) {
    return toPromise(() => {
      sql.run('DELETE FROM unwanted_messages WHERE message_id = ?', messageId);
    });
  },
});

/** Copies that were made for one member. */
export const copiesFor = (sql: Sql, userId: string): readonly MessageLocation[] =>
  sql.all<MessageRow>(`SELECT ${COLUMNS} FROM copies WHERE user_id = ?`, userId).map(locationOf);

/** The functions below move messages to the list of unwanted ones and return them. Only within a transaction. */
export function discardMessagesOfJobs(
  sql: Sql,
  jobs: 'jobs.id = ?' | 'jobs.user_id = ?',
  value: string,
): MessageLocation[] {
  const own = addToUnwanted(
    sql,
    `SELECT message_id, message ->> '$.guildId', message ->> '$.channelId' FROM jobs
     WHERE message_id IS NOT NULL AND ${jobs}`,
    value,
  );
  return [...own, ...discardCopies(sql, `job IN (SELECT id FROM jobs WHERE ${jobs})`, value)];
}

export const discardCopiesFor = (sql: Sql, userId: string): MessageLocation[] =>
  discardCopies(sql, 'user_id = ?', userId);

/** The copies that are visible in the guild of a job. */
export const discardCopiesInGuildOf = (sql: Sql, job: string): MessageLocation[] =>
  discardCopies(sql, 'job = ?1 AND guild_id = (SELECT guild_id FROM jobs WHERE id = ?1)', job);

function discardCopies(sql: Sql, where: string, value: string): MessageLocation[] {
  const discarded = addToUnwanted(sql, `SELECT ${COLUMNS} FROM copies WHERE ${where}`, value);
  sql.run(`DELETE FROM copies WHERE ${where}`, value);
  return discarded;
}

const addToUnwanted = (sql: Sql, select: string, value: string): MessageLocation[] =>
  sql
    .all<MessageRow>(
      `INSERT OR IGNORE INTO unwanted_messages (${COLUMNS}) ${select} RETURNING ${COLUMNS}`,
      value,
    )
    .map(locationOf);
