import type { CodegenConfig } from '@graphql-codegen/cli';

/** Typed documents for the tests and for the client: `npm run codegen`, after `npm run schema`. */
const config: CodegenConfig = {
  schema: './schema.graphql',
  generates: {
    'test/generated/': {
      documents: 'test/documents/**/*.graphql',
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
    'client/src/generated/enums.ts': { plugins: ['typescript'], config: { onlyEnums: true, enumsAsTypes: true } },
    // Texts and their types: the client needs no graphql to run.
    'client/src/generated/': {
      documents: 'client/documents/**/*.graphql',
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
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
