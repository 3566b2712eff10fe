import { jobTitle, linkTo } from '../../commands/shared/labels.js';
import { sheetLabels } from '../../commands/shared/sheet.js';
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
  /** Of a sheet: the pictures to choose from. */
  readonly choices?: readonly string[];
  /** Buttons that would do nothing here. */
  readonly without?: ReadonlySet<Action>;
}

export async function subjectOf(
  job: JobRecord,
  t: Translate,
  repository: Pick<JobRepository, 'job'>,
): Promise<Subject> {
  const { id, plan, fields, remarks = [], spoiler } = job;
  const choices = sheetLabels(job, t);
  const parent = job.parent === undefined ? undefined : await repository.job(job.parent);
  const link = linkTo(parent);
  // Brackets would end the text of the link.
  const name = parent && plainText(jobTitle(parent, t).replace(/[[\]]/g, ''));
  const from = name && link ? { parent: { name, link, user: `<@${job.userId}>` } } : {};
  return {
    id,
    kind: plan.kind,
    fields,
    remarks,
    spoiler,
    t,
    without: withoutUse(job),
    ...(choices ? { choices } : {}),
    ...from,
  };
}

/** What one pass lacks: losses, and stages that it grew through. */
const OPTIMISED: readonly Action[] = ['losses', 'growth'];
/** A new seed would give the same picture. */
const SEEDED: readonly Action[] = ['again'];

/** A lesson's picture is no member's: nothing is made of it. */
const NEW_PICTURES: readonly Action[] = ['again', 'remix', 'deeper', 'larger', 'mine'];

function withoutUse({ plan, fromPicture }: JobRecord): ReadonlySet<Action> {
  const sheet = plan.kind === 'sheet';
  const instant = plan.technique === 'instant';
  return new Set<Action>([
    ...(sheet || instant ? [...OPTIMISED, ...SEEDED] : []),
    ...(instant ? [] : (['refine'] as const)),
    ...(sheet ? (['remix', 'deeper', 'mine'] as const) : []),
    ...(plan.kind === 'teach' ? NEW_PICTURES : []),
    ...(fromPicture ? [] : (['original'] as const)),
    ...(fromPicture && plan.kind === 'style' ? [] : (['others'] as const)),
  ]);
}
