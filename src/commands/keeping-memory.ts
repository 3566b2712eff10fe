import type { GuildSettings, Keeping, KeptJob, KeptResult, OwnStyle } from './keeping.js';
import { DEFAULT_SETTINGS } from './keeping.js';

/** Remembers for as long as the process lives. */
export function keepInMemory(): Keeping {
  const jobs = new Map<string, KeptJob>();
  const results = new Map<string, KeptResult>();
  const stars = new Map<string, Set<string>>();
  const exhibited = new Set<string>();
  const settings = new Map<string, GuildSettings>();
  const styles = new Map<string, OwnStyle>();

  const change = (id: string, part: Partial<KeptJob>): void => {
    const job = jobs.get(id);
    if (job) jobs.set(id, { ...job, ...part });
  };
  const remove = (id: string): void => {
    jobs.delete(id);
    results.delete(id);
    stars.delete(id);
  };
  const finishedIn = (guildId: string | null, userId: string) =>
    [...jobs.values()].filter(
      (job) => results.has(job.id) && job.guildId === guildId && (guildId !== null || job.userId === userId),
    );
  const soon = <T>(value: T): Promise<T> => Promise.resolve(value);
  const done = (step: () => unknown): Promise<void> => {
    step();
    return Promise.resolve();
  };

  return {
    moved: () => undefined,
    // Whoever remembers only while alive has nothing left over from before.
    unfinished: () => soon([]),
    begin: (job) => done(() => jobs.set(job.id, job)),
    placed: (id, message) =>
      done(() => {
        change(id, { message });
      }),
    finished: (id, result) => done(() => jobs.has(id) && results.set(id, result)),
    remove: (id) =>
      done(() => {
        remove(id);
      }),
    hide: (id) =>
      done(() => {
        change(id, { spoiler: true });
      }),
    job: (id) => soon(jobs.get(id)),
    result: (id) => soon(results.get(id)),
    byMessage: (messageId) =>
      soon([...jobs.values()].find(({ message }) => message?.messageId === messageId)),
    finishedOf: (userId, limit) =>
      soon(
        [...jobs.values()]
          .filter((job) => job.userId === userId && results.has(job.id))
          .reverse()
          .slice(0, limit),
      ),
    star(id, userId, given) {
      const given_by = stars.get(id) ?? new Set<string>();
      if (given) given_by.add(userId);
      else given_by.delete(userId);
      stars.set(id, given_by);
      return soon(given_by.size);
    },
    hasStarred: (id, userId) => soon(stars.get(id)?.has(userId) ?? false),
    claimExhibit(id) {
      const first = !exhibited.has(id);
      exhibited.add(id);
      return soon(first);
    },
    gallery: (guildId, userId) =>
      soon(
        finishedIn(guildId, userId)
          .map((job) => ({ job, stars: stars.get(job.id)?.size ?? 0 }))
          .filter((entry) => entry.stars > 0)
          .sort((a, b) => b.stars - a.stars),
      ),
    stats(guildId, userId) {
      const sum = { dream: 0, style: 0, visualise: 0, seconds: 0 };
      for (const { id, plan } of finishedIn(guildId, userId)) {
        sum[plan.kind] += 1;
        sum.seconds += results.get(id)!.trace.seconds;
      }
      return soon(sum);
    },
    settings: (guildId) => soon(settings.get(guildId ?? '') ?? DEFAULT_SETTINGS),
    saveSettings: (guildId, value) =>
      done(() => (value ? settings.set(guildId, value) : settings.delete(guildId))),
    ownStyle: (userId) => soon(styles.get(userId)),
    saveOwnStyle: (userId, style) => done(() => styles.set(userId, style)),
    exportOf: (userId) =>
      soon({
        jobs: [...jobs.values()].filter((job) => job.userId === userId).map(withoutBytes),
        stars: [...stars].filter(([, givers]) => givers.has(userId)).map(([id]) => id),
        style: withoutBytes(styles.get(userId)),
      }),
    deleteOf(userId) {
      for (const job of jobs.values()) if (job.userId === userId) remove(job.id);
      for (const givers of stars.values()) givers.delete(userId);
      styles.delete(userId);
      return soon(undefined);
    },
  };
}

/** Pictures in an export are named by their size: a file of JSON is no place for them. */
export function withoutBytes(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (_key, part: unknown) =>
      part instanceof Uint8Array ? { bytes: part.byteLength } : part,
    ),
  );
}
