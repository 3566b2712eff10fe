// h5wasm comes before the loader, which would spend half a gigabyte on translating it.
import 'h5wasm/node';
import { register } from 'tsx/esm/api';

register();
await import('./fuzz-process.ts');
