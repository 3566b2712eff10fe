import type { Translate } from '../../i18n/translate.js';
import { choiceWords } from './define.js';
import type { JobRecord } from '../../jobs/job-repository.js';

/** What a job is called among others: its kind, and the style or the layer it is of. */
export function jobTitle({ plan, fields }: Pick<JobRecord, 'plan' | 'fields'>, t: Translate): string {
  const manner = fields.find(({ name }) => name === 'style' || name === 'layer');
  const title = t(`title.${plan.kind}`);
  return manner ? `${title} · ${choiceWords(manner.name, manner.value, t)}` : title;
}

/** The address of a job's message, unless a moderator has deleted it. */
export function linkTo(job: Pick<JobRecord, 'message' | 'withdrawn'> | undefined): string | undefined {
  if (!job?.message || job.withdrawn) return undefined;
  const { guildId, channelId, messageId } = job.message;
  return `https://discord.com/channels/${guildId ?? '@me'}/${channelId}/${messageId}`;
}

/** When a picture is expected: Discord counts down to it, and on past it, in every reader's own language. */
export function expectedFinish(at: Date, t: Translate, now = Date.now()): string {
  if (at.getTime() <= now) return t('progress.due');
  return t('progress.done', { time: `<t:${Math.ceil(at.getTime() / 1000)}:R>` });
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** How long ago something was, where Discord does not count by itself. */
export function ago(then: Date, locale: string, now = Date.now()): string {
  const seconds = Math.round((then.getTime() - now) / 1000);
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(Math.trunc(seconds / length), unit);
}
