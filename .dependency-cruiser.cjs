/** The import rules of ARCHITECTURE.md. A folder may import only what its row names, and itself. */
const INTERFACE = ['pipeline/pictures', 'pipeline/requests', 'pipeline/prepared-run', 'pipeline/renderer'];
/** What is done with pictures where they are: files are looked at, and made of results. */
const PICTURES = ['pipeline/image/inspect', 'pipeline/export'];

const rows = {
  // Inside the pipeline, from the bottom up.
  'pipeline/graph': [],
  'pipeline/image': ['errors', ...INTERFACE],
  'pipeline/engines': ['errors', ...INTERFACE, 'pipeline/graph'],
  'pipeline/networks': ['errors', ...INTERFACE, 'pipeline/graph'],
  'pipeline/parametrisations': ['pipeline/image'],
  'pipeline/optimisers': ['pipeline/image'],
  'pipeline/objectives': ['pipeline/graph', 'pipeline/image', 'pipeline/engines', 'pipeline/networks'],
  'pipeline/recipes': [
    ...INTERFACE,
    ...['graph', 'image', 'engines', 'networks', 'objectives', 'parametrisations', 'optimisers'].map(
      (folder) => `pipeline/${folder}`,
    ),
  ],
  'pipeline/export': ['errors', ...INTERFACE, 'pipeline/image'],
  'pipeline/prepare': ['errors', ...INTERFACE, 'pipeline/image', 'pipeline/networks'],
  pipeline: ['errors'],
  styles: ['errors', ...INTERFACE, 'pipeline/image', 'weights'],
  jobs: ['errors', ...INTERFACE, 'clock'],
  i18n: ['errors'],
  commands: ['errors', 'i18n', ...INTERFACE, ...PICTURES, 'jobs', 'styles'],
  bot: ['errors', 'clock', 'i18n', ...INTERFACE, ...PICTURES, 'jobs', 'commands'],
  storage: ['errors', ...INTERFACE, 'jobs'],
  weights: ['errors', 'pipeline/networks/safetensors'],
  sandbox: ['errors'],
  monitoring: ['errors', ...INTERFACE, 'jobs'],
  cli: ['main', 'errors', 'exit-now', 'config', 'storage', 'weights', 'pipeline', 'styles'],
};

const FILES = [
  'main',
  ...INTERFACE,
  'errors',
  'exit-now',
  'config',
  'clock',
  'pipeline/image/inspect',
  'pipeline/networks/safetensors',
];
const target = (name) => (FILES.includes(name) ? `^src/${name}\\.ts$` : `^src/${name}/`);

module.exports = {
  forbidden: [
    ...Object.entries(rows).map(([folder, allowed]) => ({
      name: `imports-of-${folder.replaceAll('/', '-')}`,
      severity: 'error',
      from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: [`^src/${folder}/`, ...allowed.map(target)] },
    })),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'sharp-in-one-place',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/pipeline/image/', '\\.test\\.ts$'] },
      to: { path: 'node_modules/sharp/' },
    },
    {
      name: 'onnxruntime-in-one-place',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/pipeline/engines/', '\\.test\\.ts$'] },
      to: { path: 'node_modules/onnxruntime-node/' },
    },
    {
      name: 'discord-above-jobs',
      severity: 'error',
      from: { path: '^src/(jobs|storage|styles|weights|pipeline|i18n)/' },
      to: { path: 'node_modules/discord(\\.js|-api-types)/' },
    },
    {
      name: 'not-to-test',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: ['^test/', '^bench/', '\\.test\\.ts$'] },
    },
    {
      name: 'tests-without-benches',
      severity: 'error',
      from: { path: ['^test/', '\\.test\\.ts$'] },
      to: { path: '^bench/' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist' },
  },
};
