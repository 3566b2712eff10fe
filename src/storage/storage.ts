/** Everything that outlives the process, in one folder: a SQLite database and the files of its pictures. */
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { backup, type DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Logger } from 'pino';
import { ReverieError } from '../errors.js';
import type {
  FormRepository,
  GalleryRepository,
  PersonalDataRepository,
  StyleRepository,
} from '../jobs/member-repositories.js';
import type { MessageRepository } from '../jobs/message-repository.js';
import type { SettingsRepository, GuildStyleRepository } from '../jobs/settings-repository.js';
import { Blobs } from './blobs.js';
import { DATABASE_FILE, openDatabase, openExistingDatabase } from './database.js';
import { lockDataFolder } from './data-folder.js';
import { createGallery } from './gallery.js';
import { createJobOverview, type JobOverview } from './job-overview.js';
import { createJobs, type Jobs } from './jobs.js';
import { createMessages } from './messages.js';
import { createOpenForms } from './open-forms.js';
import { createOwnStyles } from './own-styles.js';
import { createPersonalData } from './personal-data.js';
import { Pictures } from './pictures.js';
import { createRetention, type Retention } from './retention.js';
import { createSettings } from './settings.js';
import { Sql } from './sql.js';
import { createGuildStyles } from './guild-styles.js';

const PICTURES = 'pictures';

export interface Storage
  extends
    Jobs,
    JobOverview,
    MessageRepository,
    GalleryRepository,
    SettingsRepository,
    GuildStyleRepository,
    StyleRepository,
    FormRepository,
    PersonalDataRepository,
    Retention {
  /** 'ok', or what SQLite found wrong. */
  integrity(): string;
  /**
   * Copies the database and the pictures while they are in use.
   * @param folder new or empty
   * @throws ReverieError `invalid-parameter` when the folder is not empty
   */
  exportTo(folder: string): Promise<void>;
  close(): void;
}

/**
 * Opens the bot's storage, and creates, repairs or migrates its database where that is needed.
 * @throws ReverieError `invalid-configuration` when the folder cannot be written or a newer version wrote the database
 */
export const openStorage = (folder: string, log: Logger): Storage =>
  compose(openDatabase(folder, log), folder, log);

/** `openStorage` for the one process that may use the folder: it is locked until the storage is closed. */
export function openLockedStorage(folder: string, log: Logger): Storage {
  const lock = lockDataFolder(folder);
  try {
    const storage = openStorage(folder, log);
    return {
      ...storage,
      close() {
        storage.close();
        lock.release();
      },
    };
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

/**
 * Opens storage that a running bot may be using, and changes nothing by that.
 * @throws ReverieError `nothing-to-show` when there is no database, `invalid-configuration` when it is of another version
 */
export const openExistingStorage = (folder: string, log: Logger): Storage =>
  compose(openExistingDatabase(folder), folder, log);

function compose(database: DatabaseSyncInstance, folder: string, log: Logger): Storage {
  const sql = new Sql(database);
  const blobs = new Blobs(path.join(folder, PICTURES));
  const pictures = new Pictures(sql, blobs);
  return {
    ...createJobs(sql, pictures, log),
    ...createJobOverview(sql),
    ...createMessages(sql),
    ...createGallery(sql),
    ...createSettings(sql),
    ...createGuildStyles(sql, pictures),
    ...createOwnStyles(sql, pictures),
    ...createOpenForms(sql),
    ...createPersonalData(sql, pictures),
    ...createRetention(sql, pictures, folder),

    integrity: () => sql.one<{ integrity_check: string }>('PRAGMA integrity_check(1)')!.integrity_check,

    async exportTo(target) {
      mkdirSync(target, { recursive: true });
      if (readdirSync(target).length > 0)
        throw new ReverieError('invalid-parameter', 'That folder is not empty. Choose a new or empty one.');
      // Pictures are copied twice: one deleted later still has its row in the copy of the database, and one added
      // meanwhile has a row there already.
      await blobs.copyTo(path.join(target, PICTURES));
      await backup(database, path.join(target, DATABASE_FILE));
      await blobs.copyTo(path.join(target, PICTURES));
    },

    close() {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
    },
  };
}
