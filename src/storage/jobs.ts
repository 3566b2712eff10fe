/** Jobs: their requests, their states and their results. */
import type { Logger } from 'pino';
import { ReverieError } from '../errors.js';
import type { JobRepository, StoredResult } from '../jobs/job-repository.js';
import type { RenderRequestInput } from '../pipeline/requests.js';
import {
  jobDetails,
  jobsInState,
  selectJobs,
  type JobDetails,
  type JobRow,
  type StoredJob,
} from './job-rows.js';
import { discardCopiesInGuildOf, discardMessagesOfJobs } from './messages.js';
import type { Pictures } from './pictures.js';
import { toPromise, type Sql } from './sql.js';

export interface Jobs extends JobRepository {
  job(id: string): Promise<StoredJob | undefined>;
}

export function createJobs(sql: Sql, pictures: Pictures, log: Logger): Jobs {
  const jobRow = (id: string) => sql.one<JobRow>('SELECT * FROM jobs WHERE id = ?', id);
  const deleteJob = (id: string) => sql.run('DELETE FROM jobs WHERE id = ?', id);

  /** Keeps the pictures for as long as the job exists. */
  function usePictures(job: string, hashes: ReadonlySet<string>): void {
    for (const hash of hashes) sql.run('INSERT OR IGNORE INTO uses (job, hash) VALUES (?, ?)', job, hash);
  }

  function unpack(job: string, json: string): unknown {
    try {
      return pictures.unpack(json);
    } catch (cause) {
      log.error({ err: cause, job }, 'a picture of a job is missing or damaged');
      throw pictureGone();
    }
  }

  return {
    create(job) {
      return toPromise(() => {
        pictures.transaction(() => {
          const request = pictures.pack(job.request);
          sql.run(
            `INSERT INTO jobs (id, user_id, guild_id, channel_id, created_at, changed_at, spoiler, message,
               message_id, facts, request) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
            job.id,
            job.userId,
            job.guildId,
            job.channelId,
            job.createdAt.getTime(),
            Date.now(),
            Number(job.spoiler),
            job.message ? JSON.stringify(job.message) : null,
            job.message?.messageId ?? null,
            JSON.stringify(jobDetails(job)),
            request.json,
          );
          usePictures(job.id, request.hashes);
        });
      });
    },

    setMessage(id, message) {
      return toPromise(() => {
        const changed = sql.run(
          'UPDATE jobs SET message = ?, message_id = ? WHERE id = ?',
          JSON.stringify(message),
          message.messageId,
          id,
        );
        return changed > 0;
      });
    },

    saveResult(id, result) {
      return toPromise(() => {
        pictures.transaction(() => {
          if (!jobRow(id)) return;
          const { json, hashes } = pictures.pack(result);
          sql.run(
            'INSERT OR REPLACE INTO results (job, seconds, picture) VALUES (?, ?, ?)',
            id,
            result.trace.seconds,
            json,
          );
          usePictures(id, hashes);
        });
      });
    },

    /** Ignores a job that is not stored. */
    recordState(id, state, code) {
      // A job that returns to the queue was stopped on purpose. Only a run that was cut off counts as an attempt.
      sql.run(
        `UPDATE jobs SET state = ?1, code = ?, changed_at = ?,
           attempts = CASE ?1 WHEN 'queued' THEN 0 WHEN 'running' THEN attempts + 1 ELSE attempts END WHERE id = ?`,
        state,
        code ?? null,
        Date.now(),
        id,
      );
    },

    remove(id) {
      return toPromise(() => {
        deleteJob(id);
        pictures.deleteUnused();
      });
    },

    discard(id) {
      return toPromise(() => {
        const discarded = sql.transaction(() => {
          const messages = discardMessagesOfJobs(sql, 'jobs.id = ?', id);
          deleteJob(id);
          return messages;
        });
        pictures.deleteUnused();
        return discarded;
      });
    },

    withdraw(id) {
      return toPromise(() =>
        sql.transaction(() => {
          sql.run('UPDATE jobs SET withdrawn = 1 WHERE id = ?', id);
          return discardCopiesInGuildOf(sql, id);
        }),
      );
    },

    hide(id) {
      return toPromise(() => {
        sql.run('UPDATE jobs SET spoiler = 1 WHERE id = ?', id);
      });
    },

    job(id) {
      return toPromise(() => selectJobs(sql, 'SELECT * FROM jobs WHERE id = ?', id)[0]);
    },

    result(id) {
      return toPromise(() => {
        const row = sql.one<{ picture: string }>('SELECT picture FROM results WHERE job = ?', id);
        return row && (unpack(id, row.picture) as StoredResult);
      });
    },

    request(id) {
      return toPromise(() => {
        const row = jobRow(id);
        if (!row) throw pictureGone();
        return unpack(id, row.request) as RenderRequestInput;
      });
    },

    byMessage(messageId) {
      return toPromise(
        () =>
          selectJobs(
            sql,
            `SELECT * FROM jobs WHERE message_id = ?1
             UNION SELECT jobs.* FROM jobs JOIN copies ON job = id WHERE copies.message_id = ?1`,
            messageId,
          )[0],
      );
    },

    openJob(userId, parent, action) {
      return toPromise(
        () =>
          selectJobs(
            sql,
            `SELECT * FROM jobs WHERE user_id = ? AND state IN ('queued', 'running')
             AND facts ->> '$.parent' = ? AND facts ->> '$.action' = ?`,
            userId,
            parent,
            action,
          )[0],
      );
    },

    finishedOf(userId, limit) {
      return toPromise(() =>
        selectJobs(
          sql,
          `SELECT jobs.* FROM jobs JOIN results ON job = id WHERE user_id = ? AND withdrawn = 0
           ORDER BY number DESC LIMIT ?`,
          userId,
          limit,
        ),
      );
    },

    unfinished() {
      return toPromise(() => jobsInState(sql, ['queued', 'running', 'delivering']));
    },

    history(limit) {
      return sql
        .all<{ facts: string; seconds: number }>(
          'SELECT facts, seconds FROM jobs JOIN results ON job = id ORDER BY number DESC LIMIT ?',
          limit,
        )
        .map(({ facts, seconds }) => ({ plan: (JSON.parse(facts) as JobDetails).plan, seconds }))
        .reverse();
    },
  };
}

const pictureGone = () =>
  new ReverieError('nothing-to-show', 'I no longer have that picture.', { details: { reason: 'gone' } });
