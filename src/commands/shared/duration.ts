import type { Translate } from '../../i18n/translate.js';

/** How long something took. */
export function duration(seconds: number, t: Translate): string {
  const whole = Math.round(seconds);
  if (whole < 1) return seconds > 0 ? t('duration.moment') : t('duration.seconds', { seconds: 0 });
  if (whole < 60) return t('duration.seconds', { seconds: whole });
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return t('duration.minutes', { minutes, seconds: whole % 60 });
  return t('duration.hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}
