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
    // Texts and their types: the client needs no graphql to run.
    'client/src/generated/graphql.ts': {
      documents: 'client/documents/**/*.graphql',
      plugins: ['typescript-operations', './client/codegen/documents.ts'],
      config: {
        enumsAsTypes: true,
        inlineFragmentTypes: 'combine',
        scalars: { UUID: 'string', DateTime: 'string', Date: 'string' },
        strictScalars: true,
        useTypeImports: true,
      },
    },
    // What the client asks only in parts that are loaded when they are first used, again: so that it does not load with the rest.
    'client/src/generated/later.ts': {
      documents: 'client/documents/**/*.graphql',
      plugins: ['./client/codegen/documents.ts'],
      config: {
        only: [
          'CancelUpload',
          'ChangePassword',
          'CreateUpload',
          'DirectConversation',
          'EditMessage',
          'Identify',
          'Login',
          'Logout',
          'MarkRead',
          'MessagesAround',
          'Presence',
          'React',
          'ReadMessage',
          'ReadUpload',
          'RecallMessage',
          'RefreshSession',
          'Register',
          'RegisterVisitor',
          'Typing',
          'Unreact',
        ],
      },
    },
  },
};

export default config;
