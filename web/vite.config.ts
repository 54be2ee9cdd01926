import { defineConfig } from 'vite';

/** Where the API is while the pages are served by Vite: `npm run dev` beside `npm start`. */
const server = process.env.PARLEY_URL ?? 'http://localhost:4000';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  resolve: {
    // The sources of parley-client, so that nothing has to be built before.
    conditions: ['parley-source', 'module', 'browser', 'development|production'],
    alias: [
      { find: /^react(-dom)?$/, replacement: 'preact/compat' },
      { find: /^react\/jsx-runtime$/, replacement: 'preact/jsx-runtime' },
    ],
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    sourcemap: false,
    // The server's policy lets nothing run or show that is not a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: 'es2022',
    // The widget and the desk get a page each here.
    rolldownOptions: { input: { index: `${import.meta.dirname}/index.html` } },
  },
  server: {
    proxy: {
      '/graphql': { target: server, ws: true, changeOrigin: true },
      '/files': { target: server, changeOrigin: true },
    },
  },
});
