/** The supported networks, and where their weights are stored. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ReverieError } from '../../errors.js';
import { GENERATOR, type ModelName, type NetworkName } from '../requests.js';
import { googlenet } from './googlenet.js';
import { inceptionV3 } from './inception.js';
import type { Network } from './network.js';
import { readSafetensors, readShapes, type Shapes, type Weights } from './safetensors.js';
import { squeezenet } from './squeezenet.js';
import { mini, vgg19 } from './vgg.js';

export const NETWORKS: Readonly<Record<NetworkName, Network>> = {
  mini,
  vgg19,
  googlenet,
  inception_v3: inceptionV3,
  squeezenet,
};

/** Best first. */
const FOR_STYLE: readonly NetworkName[] = ['vgg19', 'mini'];
const FOR_DREAM: readonly NetworkName[] = ['googlenet', 'inception_v3', 'mini'];

/** The bundled networks are next to `src` (or `dist`). */
const BUNDLED = fileURLToPath(new URL('../../../models/', import.meta.url));

interface Found {
  readonly file: string;
  /** Changes when the file is replaced. */
  readonly version: string;
}

export interface Loaded {
  readonly weights: Weights;
  /** Identifies these weights among all weights of the same network, for caches of what is computed from them. */
  readonly version: string;
}

export interface LoadedGenerator extends Loaded {
  /** Mini, which reads styles. */
  readonly reader: Weights;
  /** Of the generator's file. */
  readonly sha256: string;
}

/** Finds and loads weights: the operator's folder first, then the bundled one. A file that was replaced is loaded again. */
export class WeightStore {
  readonly #loaded = new Map<string, { readonly version: string; readonly weights: Promise<Weights> }>();

  #generatorHash: { readonly version: string; readonly sha256: string } | undefined;

  readonly #shapes = new Map<ModelName, { readonly version: string; readonly shapes: Shapes }>();

  constructor(private readonly folder: string | undefined) {}

  async find(name: ModelName): Promise<string | undefined> {
    return (await this.#look(name))?.file;
  }

  async #look(name: ModelName, folders = [this.folder, BUNDLED]): Promise<Found | undefined> {
    for (const folder of folders) {
      if (!folder) continue;
      const file = path.join(folder, `${name}.safetensors`);
      const found = await stat(file).catch(() => undefined);
      if (found) return { file, version: [file, found.ino, found.size, found.mtimeMs].join() };
    }
    return undefined;
  }

  async present(): Promise<NetworkName[]> {
    const names = Object.keys(NETWORKS) as NetworkName[];
    const files = await Promise.all(names.map((name) => this.find(name)));
    return names.filter((_, i) => files[i] !== undefined);
  }

  /** The best network that is present. */
  async best(kind: 'style' | 'teach' | 'dream' | 'visualise'): Promise<NetworkName> {
    const present = await this.present();
    return (
      (kind === 'style' || kind === 'teach' ? FOR_STYLE : FOR_DREAM).find((name) => present.includes(name)) ??
      'mini'
    );
  }

  /**
   * The shapes of a network's tensors, from the header of its file.
   * @throws ReverieError `network-missing` listing the installed ones, `network-broken`
   */
  async shapes(name: ModelName): Promise<Shapes> {
    const { file, version } = await this.#found(name);
    const known = this.#shapes.get(name);
    if (known?.version === version) return known.shapes;
    const shapes = await readShapes(file);
    this.#shapes.set(name, { version, shapes });
    return shapes;
  }

  async #found(name: ModelName): Promise<Found> {
    const found = await this.#look(name);
    if (found) return found;
    const present = (await this.present()).join(', ');
    throw new ReverieError(
      'network-missing',
      `The network ${name} isn’t installed here. Available: ${present}. Please ask the bot’s owner to add it.`,
      {
        details: { network: name, present },
        // For the operator, on the command line and in the log.
        cause: new Error(`Run “reverie models pull ${name}”, or start the bot with MODELS_PULL=${name}.`),
      },
    );
  }

  /** @throws ReverieError `network-missing` listing the installed ones, `network-broken` */
  async load(name: ModelName): Promise<Loaded> {
    return this.#read(name, await this.#found(name));
  }

  /**
   * The feed-forward network. It knows styles by the statistics of the bundled mini, so an operator's own mini is not used.
   * @throws ReverieError `network-missing` listing the installed ones, `network-broken`
   */
  async loadGenerator(): Promise<LoadedGenerator> {
    const [generator, reader] = await Promise.all([
      this.load(GENERATOR),
      this.#read('bundled mini', (await this.#look('mini', [BUNDLED])) ?? (await this.#found('mini'))),
    ]);
    return { ...generator, reader: reader.weights, sha256: await this.#hashOfGenerator() };
  }

  async #hashOfGenerator(): Promise<string> {
    const { file, version } = await this.#found(GENERATOR);
    if (this.#generatorHash?.version !== version) {
      const sha256 = createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
      this.#generatorHash = { version, sha256 };
    }
    return this.#generatorHash.sha256;
  }

  async #read(key: string, { file, version }: Found): Promise<Loaded> {
    let entry = this.#loaded.get(key);
    if (entry?.version !== version) {
      entry = { version, weights: readSafetensors(file) };
      this.#loaded.set(key, entry);
    }
    try {
      return { weights: await entry.weights, version };
    } catch (thrown) {
      // The failure is not cached, because a damaged file may be repaired in place.
      if (this.#loaded.get(key) === entry) this.#loaded.delete(key);
      throw thrown;
    }
  }

  /** @throws ReverieError `network-missing` */
  async weights(name: ModelName): Promise<Weights> {
    return (await this.load(name)).weights;
  }
}
