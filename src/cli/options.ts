/** Parses the numbers, layers and pictures of the command line. A value that cannot be parsed is rejected with a one-sentence error. */
import path from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { NETWORK_NAMES, type NetworkName } from '../pipeline/requests.js';

export const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
};

const network = (text: string): NetworkName => {
  const name = NETWORK_NAMES.find((known) => known === text);
  if (!name) throw new InvalidArgumentError(`Choose one of ${NETWORK_NAMES.join(', ')}.`);
  return name;
};

export const networkOption = (): Option =>
  new Option('--network <name>', `one of ${NETWORK_NAMES.join(', ')}`).argParser(network);

/** A file name's extension, in lower case and without the dot. */
export const endingOf = (file: string): string => path.extname(file).slice(1).toLowerCase();

/** A file name with one of these extensions, which decides the format that is written. */
export const named =
  (...endings: readonly string[]) =>
  (file: string): string => {
    if (endings.includes(endingOf(file))) return file;
    throw new InvalidArgumentError(`The file name must end in ${endings.map((e) => `.${e}`).join(' or ')}.`);
  };

/** `FROM-TO` or a single channel. */
export function channels(text: string): [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) throw new InvalidArgumentError('Channels must be a number or a range, such as 12 or 0-15.');
  return [Number(match[1]), Number(match[2] ?? match[1])];
}

/** `LAYER=WEIGHT,…` */
export function weights(text: string): Record<string, number> {
  const pairs = text.split(',').map((part) => /^([^=]+)=([^=]+)$/.exec(part));
  if (!pairs.every((pair) => pair !== null))
    throw new InvalidArgumentError('Layers must be written as LAYER=WEIGHT,LAYER=WEIGHT,….');
  return Object.fromEntries(pairs.map(([, layer, weight]) => [layer!, number(weight!)]));
}

export interface TargetOption {
  readonly layer: string;
  readonly channels?: [number, number];
  readonly weight?: number;
}

/** `LAYER[:FROM-TO][=WEIGHT]` */
export function target(text: string): TargetOption {
  const match = /^([^=]+?)(?::(\d[^:=]*))?(?:=(.+))?$/.exec(text);
  if (!match)
    throw new InvalidArgumentError(
      'A layer must be written as LAYER, LAYER:FROM-TO or LAYER:FROM-TO=WEIGHT.',
    );
  const [, layer, range, weight] = match;
  return {
    layer: layer!,
    ...(range === undefined ? {} : { channels: channels(range) }),
    ...(weight === undefined ? {} : { weight: number(weight) }),
  };
}

export interface StyleOption {
  readonly file: string;
  readonly weight?: number;
}

/** `FILE[:WEIGHT]` */
export function style(text: string): StyleOption {
  const match = /^(.+?)(?::(\d+(?:\.\d+)?))?$/.exec(text);
  if (!match) throw new InvalidArgumentError('A style must be written as FILE or FILE:WEIGHT.');
  return { file: match[1]!, ...(match[2] === undefined ? {} : { weight: Number(match[2]) }) };
}

/** Parses the values of a repeatable option one by one. */
export const each =
  <T>(read: (text: string) => T) =>
  (text: string, sofar: T[] = []): T[] => [...sofar, read(text)];

/** Leaves out options that were not given, so that the request's own defaults apply. */
export const given = <T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
