import globals from 'globals';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: ['dist/**', 'node_modules/**', 'data/**', '*.config.js', '.dependency-cruiser.cjs', '**/*.mjs'],
  },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers in messages are what these strings are for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Typed-array arithmetic under noUncheckedIndexedAccess: inside a checked loop `!` is the honest spelling.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },
  {
    files: ['src/sandbox/page/**'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: false, project: './tsconfig.page.json' },
    },
    rules: { 'no-undef': 'error' },
  },
  // Here numbers become Discord's constants; the compiler compares each with the enumeration.
  {
    files: ['src/sandbox/page/constants.js'],
    rules: { '@typescript-eslint/no-unsafe-enum-assignment': 'off' },
  },
  { files: ['src/cli/**', 'bench/**'], rules: { 'no-console': 'off' } },
);
