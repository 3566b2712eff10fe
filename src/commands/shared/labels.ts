/** Jobs, times and engines as short texts. */
import type { Translate } from '../../i18n/translate.js';
import type { JobRecord } from '../../jobs/job-repository.js';
import { choiceWords } from './define.js';

/** A job in a list: its kind, and its style or its layer. */
export function jobTitle({ plan, fields }: Pick<JobRecord, 'plan' | 'fields'>, t: Translate): string {
  const detail = fields.find(({ name }) => name === 'style' || name === 'layer');
  const title = t(`title.${plan.kind}`);
  return detail ? `${title} · ${choiceWords(detail.name, detail.value, t)}` : title;
}

/** The address of a job's message, unless a moderator has deleted it. */
export function linkTo(job: Pick<JobRecord, 'message' | 'withdrawn'> | undefined): string | undefined {
  if (!job?.message || job.withdrawn) return undefined;
  const { guildId, channelId, messageId } = job.message;
  return `https://discord.com/channels/${guildId ?? '@me'}/${channelId}/${messageId}`;
}

/** When a picture is expected, as a timestamp that Discord shows relative to now in every reader's language. */
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

/** How long ago something was, for places where Discord shows no timestamps. */
export function ago(then: Date, locale: string, now = Date.now()): string {
  const seconds = Math.round((then.getTime() - now) / 1000);
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(Math.trunc(seconds / length), unit);
}

/** How long something took. */
export function duration(seconds: number, t: Translate): string {
  const whole = Math.round(seconds);
  if (whole < 1) return seconds > 0 ? t('duration.moment') : t('duration.seconds', { seconds: 0 });
  if (whole < 60) return t('duration.seconds', { seconds: whole });
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return t('duration.minutes', { minutes, seconds: whole % 60 });
  return t('duration.hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

const NAMES: Readonly<Record<string, string>> = {
  onnx: 'ONNX Runtime',
  tensorflow: 'TensorFlow.js',
  cpu: 'CPU',
  cuda: 'CUDA',
  webgpu: 'WebGPU',
  coreml: 'Core ML',
  dml: 'DirectML',
};

/** The usual names of an engine and a device; one that is not listed keeps its own. */
export const engineNames = ({ engine, device }: { readonly engine: string; readonly device: string }) => ({
  engine: NAMES[engine] ?? engine,
  device: NAMES[device] ?? device,
});
