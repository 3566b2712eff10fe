// Loads convert-process.ts where the program runs from its TypeScript sources: a bare process has no loader.
// h5wasm comes before the loader, which would spend half a gigabyte on translating it.
import 'h5wasm/node';
import { register } from 'tsx/esm/api';

register();
await import('./convert-process.ts');
