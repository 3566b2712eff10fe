// Loads worker.ts where the program runs from its TypeScript sources: a worker thread does not inherit the loader.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
