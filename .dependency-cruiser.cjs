/** The arrows of ARCHITECTURE.md. A folder may import only what its row names (and itself). */
const rows = {
  pipeline: ['errors'],
  presets: ['errors', 'pipeline/contract', 'pipeline/image'],
  jobs: ['errors', 'pipeline/contract'],
  locales: ['errors'],
  commands: ['errors', 'locales', 'pipeline/contract', 'jobs', 'presets'],
  bot: ['errors', 'locales', 'pipeline/contract', 'jobs', 'commands'],
  store: ['errors', 'pipeline/contract', 'jobs', 'commands/keeping'],
  models: ['errors', 'pipeline/networks/safetensors', 'presets'],
  sandbox: ['errors'],
  cli: ['errors', 'exit-now', 'config', 'store', 'models', 'pipeline', 'presets'],
};

const target = (name) =>
  [
    'errors',
    'exit-now',
    'config',
    'pipeline/contract',
    'pipeline/networks/safetensors',
    'commands/keeping',
  ].includes(name)
    ? `^src/${name}\\.ts$`
    : `^src/${name}/`;

module.exports = {
  forbidden: [
    ...Object.entries(rows).map(([folder, allowed]) => ({
      name: `arrows-of-${folder}`,
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
      name: 'not-to-test',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: ['^test/', '^bench/', '\\.test\\.ts$'] },
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
