/** Whether a stored file of weights is complete and unchanged. */
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { openSafetensors, type SafetensorsFile } from '../pipeline/networks/safetensors.js';
import { fileDigest, verifyChecksum } from './checksum.js';
import type { KnownNetwork } from './manifest.js';

export const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/**
 * Checks the checksum, the shape of every tensor and that all values are finite.
 * @param listed the manifest's checksum, which is of the bundled file only
 * @returns what was checked, as a phrase
 * @throws Error saying what is wrong
 */
export async function verifyWeights(
  file: string,
  known: KnownNetwork,
  listed: string | undefined,
): Promise<string> {
  const opened = await openSafetensors(file);
  const matches = await matchesChecksum(file, listed, opened);
  if (matches === false) throw new Error('its checksum does not match');
  const names = Object.keys(known.tensors);
  for (const name of names) {
    const shape = opened.shapes.get(name);
    if (!shape) throw new Error(`${name} is missing`);
    if (!hasKnownShape(known, name, shape)) throw new Error(`${name} has the shape ${shape.join('×')}`);
    opened.weights(name);
  }
  const tensors = `${names.length} tensors of the right shapes, all values finite`;
  return matches ? `${tensors}, checksum correct` : `${tensors}; it has no checksum`;
}

/**
 * Compares the file with the checksum of the manifest, of the card beside it, or of the file itself.
 * @returns undefined when there is no checksum
 * @throws Error when the card is damaged
 */
async function matchesChecksum(
  file: string,
  listed: string | undefined,
  opened: SafetensorsFile,
): Promise<boolean | undefined> {
  const card = file.replace(/\.safetensors$/, '.json');
  const expected = (await exists(card)) ? checksumOnCard(await readFile(card, 'utf8')) : listed;
  if (expected === null || (listed ?? expected) !== expected)
    throw new Error(`its card, ${path.basename(card)}, is damaged`);
  return expected === undefined ? verifyChecksum(opened) : (await fileDigest(file, 'sha256')) === expected;
}

/** Null when the card is not valid JSON. */
function checksumOnCard(text: string): string | null | undefined {
  try {
    return (JSON.parse(text) as { sha256?: string } | null)?.sha256;
  } catch {
    return null;
  }
}

/** The classifier may have any number of classes. */
function hasKnownShape(
  { tensors, classifier }: KnownNetwork,
  name: string,
  shape: readonly number[],
): boolean {
  const inClassifier = classifier !== undefined && name.startsWith(`${classifier}/`);
  const fixedAxes = (axes: readonly number[]) => (inClassifier ? axes.slice(0, -1) : axes).join();
  return shape.length === tensors[name]!.length && fixedAxes(shape) === fixedAxes(tensors[name]!);
}
