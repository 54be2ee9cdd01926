import type { CodegenConfig } from '@graphql-codegen/cli';

/** Typed documents for the tests: `npm run codegen`, after `npm run schema`. */
const config: CodegenConfig = {
  schema: './schema.graphql',
  documents: 'test/documents/**/*.graphql',
  generates: {
    'test/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        enumsAsTypes: true,
        importExtension: '.ts',
        scalars: { UUID: 'string', DateTime: 'string', Date: 'string' },
        strictScalars: true,
        useTypeImports: true,
      },
    },
  },
};

export default config;
