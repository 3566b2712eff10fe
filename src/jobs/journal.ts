import type { ErrorCode } from '../errors.js';
import type { JobState } from './job.js';

/** Where the queue writes what becomes of a job, before anybody is told. */
export interface JobJournal {
  moved(id: string, state: JobState, code?: ErrorCode): void;
}
