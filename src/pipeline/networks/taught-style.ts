/**
 * A taught style as a file: a modulation that was refined for one style picture. It belongs to the swift that it was
 * refined for.
 */
import { ReverieError } from '../../errors.js';
import { parseSafetensors, safetensorsHeader } from './safetensors.js';
import { MODULATION_SIZE, modulationFrom, modulationValues, type Modulation } from './style-code.js';

export interface TaughtStyle {
  /** The SHA-256 of swift's file. */
  readonly swift: string;
  readonly modulation: Modulation;
}

const FORMAT = 'taught style';
const VERSION = '1';
const TENSOR = 'modulation';

/** About 10 kB. */
export function writeTaught({ swift, modulation }: TaughtStyle): Uint8Array {
  const metadata = { format: FORMAT, version: VERSION, swift };
  const values = modulationValues(modulation);
  const header = safetensorsHeader({ [TENSOR]: [values.length] }, metadata);
  return new Uint8Array(Buffer.concat([header, new Uint8Array(values.buffer)]));
}

/** @throws ReverieError `invalid-parameter` if the file is not one of a taught style */
export function readTaught(file: Uint8Array): TaughtStyle {
  try {
    const { metadata, shapes, weights } = parseSafetensors(file);
    const { format, version, swift } = metadata;
    if (format !== FORMAT || version !== VERSION || swift === undefined || shapes.get(TENSOR)?.length !== 1)
      throw new Error('it is of another format');
    const { data } = weights(TENSOR);
    if (data.length !== MODULATION_SIZE) throw new Error(`it has ${data.length} values`);
    return { swift, modulation: modulationFrom(data) };
  } catch (cause) {
    throw new ReverieError('invalid-parameter', 'The file of that taught style is damaged.', { cause });
  }
}
