/** Descriptions of pictures for people who cannot see them: one plain sentence without markdown. */
import type { Translate } from '../../i18n/translate.js';
import type { JobRecord } from '../../jobs/job-repository.js';
import { choiceWords } from './define.js';

/** Discord's limit, in characters. */
const LENGTH_MAX = 1024;

interface Described {
  readonly kind: JobRecord['plan']['kind'];
  readonly fields: JobRecord['fields'];
}

export function altText(job: Described, t: Translate): string {
  const picture = sentence(job, t);
  if (valueOf(job, 'zoom') !== undefined) return shortened(t('alt.animated', { picture }));
  return shortened(valueOf(job, 'frames') === undefined ? picture : t('alt.moving', { picture }));
}

/** Describes an unfinished picture. */
export const previewAltText = (
  job: Described,
  { step, steps }: { readonly step: number; readonly steps: number },
  t: Translate,
): string => shortened(t('alt.preview', { picture: sentence(job, t), step, steps }));

const shortened = (words: string) => words.slice(0, LENGTH_MAX);

const valueOf = ({ fields }: Described, field: string) => fields.find(({ name }) => name === field)?.value;

function sentence(job: Described, t: Translate): string {
  switch (job.kind) {
    case 'style':
      return t('alt.style', { style: stylesIn(valueOf(job, 'style') ?? 'attached', t) });
    case 'dream':
      return dream(job, t);
    case 'visualise':
      return visualisation(job, t);
    case 'sheet':
      return sheet(job, t);
    case 'teach':
      return t('alt.teach', { style: styleWords(valueOf(job, 'style') ?? 'attached', t) });
  }
}

/** The styles in the field's value, such as `mosaic` or `mosaic (70 %) + attached (30 %)`. */
function stylesIn(value: string, t: Translate): string {
  const shares = [...value.matchAll(/(.+?) \((\d+) %\)(?: \+ |$)/g)];
  if (shares.length === 0) return styleWords(value, t);
  return shares
    .map(([, title = '', share = '']) => t('alt.share', { style: styleWords(title, t), share }))
    .reduce((first, second) => t('alt.and', { first, second }));
}

function styleWords(title: string, t: Translate): string {
  return title === 'attached'
    ? t('alt.style-attached')
    : t('alt.style-titled', { title: choiceWords('style', title, t) });
}

function sheet(job: Described, t: Translate): string {
  const styles = valueOf(job, 'styles');
  if (styles === undefined)
    return t('alt.sheet-pictures', { style: stylesIn(valueOf(job, 'style') ?? 'attached', t) });
  return t('alt.sheet', {
    styles: styles
      .split('\n')
      .map((title) => styleWords(title, t))
      .join(', '),
  });
}

function dream(job: Described, t: Translate): string {
  const { layer, channel, shows } = layerOf(job, t);
  if (layer === undefined) return t('alt.dream');
  if (valueOf(job, 'guide') !== undefined) return t('alt.dream-guided', { layer });
  if (channel !== undefined) return t('alt.dream-channel', { layer, channel });
  return shows === undefined ? t('alt.dream-layer', { layer }) : t('alt.dream-shows', { layer, shows });
}

function visualisation(job: Described, t: Translate): string {
  const { layer, channel, shows } = layerOf(job, t);
  if (layer === undefined) return t('title.visualise');
  if (valueOf(job, 'image') !== undefined) return t('alt.activations', { layer });
  if (channel !== undefined)
    return t(channel.includes('–') ? 'alt.channels' : 'alt.channel', { layer, channel });
  return shows === undefined ? t('alt.layer', { layer }) : t('alt.layer-shows', { layer, shows });
}

function layerOf(job: Described, t: Translate) {
  const shows = valueOf(job, 'shows');
  return {
    layer: valueOf(job, 'layer'),
    channel: valueOf(job, 'channel'),
    shows: shows === undefined ? undefined : choiceWords('shows', shows, t),
  };
}
