// Plain JavaScript, because an older Node has to be able to read it: it says which Node is needed where this one cannot run the sources.
'use strict';

const wanted = 24;

if (!(Number.parseInt(process.versions.node, 10) >= wanted)) {
  console.error(`Parley needs Node ${wanted} or newer, and this is Node ${process.version} (${process.execPath}).
On Linux with glibc, x64 and arm64, npm ci brings the right one along, unless it is told to leave optional packages out.
On macOS, Windows and Alpine install it: https://nodejs.org/en/download, brew install node, or apk add nodejs.`);
  process.exit(1);
}
