import { jobTitle, linkTo } from '../../commands/shared/labels.js';
import { plainText } from '../../i18n/plain-text.js';
import type { Translate } from '../../i18n/translate.js';
import type { JobRecord, JobRepository } from '../../jobs/job-repository.js';
import type { Field, Remark } from '../../jobs/render-command.js';
import type { RenderRequest } from '../../pipeline/requests.js';
import type { Action } from '../interactions/custom-ids.js';

/** What the views of a job show of it. */
export interface Subject {
  readonly id: string;
  readonly kind: RenderRequest['kind'];
  readonly fields: readonly Field[];
  readonly remarks?: readonly Remark[];
  /** Translates into the reader's language. */
  readonly t: Translate;
  /** The picture is shown behind a spoiler. */
  readonly spoiler?: boolean;
  /** The result that this one was made from, and who asked: Discord does not say so for buttons and reactions. */
  readonly parent?: { readonly name: string; readonly link: string; readonly user: string };
  /** The address of the message that this one replaces, if it is a direct message. */
  readonly origin?: string | undefined;
  /** Buttons that would do nothing here. */
  readonly without?: ReadonlySet<Action>;
}

export async function subjectOf(
  job: JobRecord,
  t: Translate,
  repository: Pick<JobRepository, 'job'>,
): Promise<Subject> {
  const { id, plan, fields, remarks = [], spoiler, fromPicture } = job;
  // One pass has no losses, and nothing that grew.
  const instant: Action[] = plan.technique === 'instant' ? ['losses', 'growth'] : [];
  const without = new Set<Action>([...instant, ...(fromPicture ? [] : (['original'] as const))]);
  const parent = job.parent === undefined ? undefined : await repository.job(job.parent);
  const link = linkTo(parent);
  // Brackets would end the text of the link.
  const name = parent && plainText(jobTitle(parent, t).replace(/[[\]]/g, ''));
  const from = name && link ? { parent: { name, link, user: `<@${job.userId}>` } } : {};
  return { id, kind: plan.kind, fields, remarks, spoiler, t, without, ...from };
}
