// Starts src/main.ts, and says what helps where the Node is too old for it or a package is not there. Plain JavaScript, as needs-node.cjs.
'use strict';

require('./needs-node.cjs');

import('./main.ts').catch((error) => {
  const lacks = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND' || /native binding/.test(error.message);
  const [reason] = String(error.message).split('\n');
  console.error(lacks ? `A package is not installed here, or not for this machine: ${reason}\nInstall the packages with: npm ci --omit=dev` : error);
  process.exit(1);
});
