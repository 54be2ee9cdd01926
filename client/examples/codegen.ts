import type { CodegenConfig } from '@graphql-codegen/cli';

const shared = {
  enumsAsTypes: true,
  scalars: { UUID: 'string', DateTime: 'string', Date: 'string' },
  strictScalars: true,
  useTypeImports: true,
};

/** Documents of your own, in two ways: take the one that fits. */
const config: CodegenConfig = {
  schema: 'https://chat.example.com/graphql',
  generates: {
    // Nodes, as Apollo Client and urql take them.
    'src/generated/': {
      documents: 'src/documents/**/*.graphql',
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: shared,
    },
    // Strings, as `parley.request` takes them: without graphql in the bundle.
    'src/texts/': {
      documents: 'src/documents/**/*.graphql',
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { ...shared, documentMode: 'string' },
    },
  },
};

export default config;
