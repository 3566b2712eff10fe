/**
 * The database's schema, as the steps that lead to it. Each runs once, in order, and SQLite's `user_version` counts those
 * that have run. Never change a step that has been released: add another one.
 */
export const MIGRATIONS = [
  `CREATE TABLE blobs (hash TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT;
   CREATE TABLE jobs (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     user_id TEXT NOT NULL,
     guild_id TEXT,
     channel_id TEXT NOT NULL,
     state TEXT NOT NULL DEFAULT 'queued'
       CHECK (state IN ('queued', 'running', 'delivering', 'completed', 'failed', 'cancelled')),
     attempts INTEGER NOT NULL DEFAULT 0,
     code TEXT,
     created_at INTEGER NOT NULL,
     changed_at INTEGER NOT NULL,
     spoiler INTEGER NOT NULL,
     exhibited INTEGER NOT NULL DEFAULT 0,
     message TEXT,
     message_id TEXT,
     facts TEXT NOT NULL,
     request TEXT NOT NULL
   ) STRICT;
   CREATE INDEX jobs_by_state ON jobs (state);
   CREATE INDEX jobs_by_user ON jobs (user_id);
   CREATE INDEX jobs_by_guild ON jobs (guild_id);
   CREATE INDEX jobs_by_message ON jobs (message_id);
   CREATE TABLE results (
     job TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
     seconds REAL NOT NULL,
     picture TEXT NOT NULL
   ) STRICT;
   CREATE TABLE uses (
     job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
     hash TEXT NOT NULL REFERENCES blobs (hash),
     PRIMARY KEY (job, hash)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX uses_by_hash ON uses (hash);
   CREATE TABLE stars (
     job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
     user_id TEXT NOT NULL,
     PRIMARY KEY (job, user_id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX stars_by_user ON stars (user_id);
   CREATE TABLE guild_settings (guild_id TEXT PRIMARY KEY, settings TEXT NOT NULL) STRICT;
   CREATE TABLE own_styles (
     user_id TEXT PRIMARY KEY,
     title TEXT NOT NULL,
     hash TEXT NOT NULL REFERENCES blobs (hash)
   ) STRICT;`,
  // A job has one message of its own and any number of copies; a guild's default changed (see GuildSettings.stopDeleted).
  `CREATE TABLE copies (
     message_id TEXT PRIMARY KEY,
     job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
     user_id TEXT,
     guild_id TEXT,
     channel_id TEXT NOT NULL
   ) STRICT;
   CREATE INDEX copies_by_job ON copies (job);
   CREATE INDEX copies_by_user ON copies (user_id);
   CREATE TABLE unwanted_messages (
     message_id TEXT PRIMARY KEY,
     guild_id TEXT,
     channel_id TEXT NOT NULL
   ) STRICT;
   ALTER TABLE jobs ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
   UPDATE guild_settings SET settings = json_remove(settings, '$.stopDeleted')
     WHERE settings ->> '$.stopDeleted' = 0;`,
  `CREATE TABLE open_forms (
     id TEXT PRIMARY KEY,
     user_id TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     pictures TEXT NOT NULL
   ) STRICT;
   CREATE INDEX open_forms_by_user ON open_forms (user_id);
   ALTER TABLE own_styles ADD COLUMN spoiler INTEGER NOT NULL DEFAULT 0;`,
  `CREATE TABLE taught_styles (
     guild_id TEXT NOT NULL,
     name TEXT NOT NULL,
     picture TEXT NOT NULL REFERENCES blobs (hash),
     taught TEXT NOT NULL REFERENCES blobs (hash),
     spoiler INTEGER NOT NULL,
     PRIMARY KEY (guild_id, name)
   ) STRICT;`,
] as const;
