// Starts src/main.ts, and says what helps where the Node is too old for it or a package is not there. Plain JavaScript, as needs-node.cjs.
'use strict';

require('./needs-node.cjs');

const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

// What was compiled is kept for the next start, which takes a quarter less of the processor for that, and 15 MB less memory: what strips the types is not
// loaded. Where nothing may be written there it goes without. By the environment too, which threads and workers have of this process.
process.env.NODE_COMPILE_CACHE ??= join(__dirname, '../node_modules/.cache/parley-compiled');
enableCompileCache(process.env.NODE_COMPILE_CACHE);

import('./main.ts').catch((error) => {
  const lacks = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND' || /native binding/.test(error.message);
  const [reason] = String(error.message).split('\n');
  console.error(lacks ? `A package is not installed here, or not for this machine: ${reason}\nInstall the packages with: npm ci --omit=dev` : error);
  process.exit(1);
});
