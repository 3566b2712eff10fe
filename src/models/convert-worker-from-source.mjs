// Loads convert-worker.ts where the program runs from its TypeScript sources: a thread does not inherit the loader.
// h5wasm comes before the loader, which would spend half a gigabyte on translating it.
import 'h5wasm/node';
import { register } from 'tsx/esm/api';

register();
await import('./convert-worker.ts');
