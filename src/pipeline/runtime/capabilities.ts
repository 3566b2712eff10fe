/** What a renderer says about itself. */
import { NETWORKS, type WeightStore } from '../networks/weight-store.js';
import type { Capabilities } from '../renderer.js';
import { GENERATOR, type NetworkName } from '../requests.js';

/** The part that only the thread or machine that renders knows. */
export type EngineStatus = Pick<Capabilities, 'engine' | 'device' | 'reason' | 'multiplyAddsPerSecond'>;

/** The part that follows from the files on disk. */
export async function networkStatus(
  weightStore: WeightStore,
): Promise<Pick<Capabilities, 'networks' | 'generator' | 'defaults'>> {
  const names = Object.keys(NETWORKS) as NetworkName[];
  const networks = await Promise.all(
    names.map(async (name) => {
      const { title, taps, dreams, style } = NETWORKS[name];
      const file = await weightStore.find(name);
      const styles = style !== undefined;
      return { name, title, taps, dreams, styles, ...(file === undefined ? {} : { file }) };
    }),
  );
  const [style, dream, visualise] = await Promise.all([
    weightStore.best('style'),
    weightStore.best('dream'),
    weightStore.best('visualise'),
  ]);
  const generator = await weightStore.find(GENERATOR);
  return {
    networks,
    ...(generator === undefined ? {} : { generator }),
    defaults: { style, dream, visualise, sheet: GENERATOR, teach: style },
  };
}
