import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../house/sources.ts';
import { findBinary } from './database-server.ts';
import { within } from './lifetime.ts';
import type { ProxyName } from './missing-programs.ts';
import { emptyFolder } from './operator.ts';
import { freePort } from './private-services.ts';
import { startProgram } from './program.ts';

/** A place for what nginx keeps on the disk, for whoever runs the tests. */
const nginxFolders = (folder: string) =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`).join(' ');

/** Starts one with its file in deploy/, in front of two ports of 127.0.0.1; gives its address, `http://127.0.0.1:<port>`. Ended at the end of the test. */
export async function openReverseProxy(name: ProxyName, ports: readonly [number, number]): Promise<string> {
  const program = findBinary(name);
  if (program === null) throw new Error(`${name} is not installed`);
  const [folder, port] = [emptyFolder(), await freePort()];
  const file = join(folder, 'config');
  const text = readText(name === 'nginx' ? 'deploy/nginx.conf' : 'deploy/haproxy.cfg')
    .replace('parley-1:4000', `127.0.0.1:${ports[0]}`)
    .replace('parley-2:4000', `127.0.0.1:${ports[1]}`)
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replace('bind :80', `bind 127.0.0.1:${port}`)
    // As many as this process may have open is enough.
    .replace('maxconn 16384', 'maxconn 500')
    .replace('http {', `http { access_log off; ${nginxFolders(folder)}`);
  writeFileSync(file, text);
  // Its workers give up the rights of root, and with them those to this folder.
  const asMe = process.getuid?.() === 0 ? ' user root;' : '';
  const args = name === 'nginx' ? ['-p', folder, '-e', 'stderr', '-c', file, '-g', `daemon off; pid ${join(folder, 'pid')};${asMe}`] : ['-db', '-f', file];
  const { child, said } = startProgram(program, args);
  const url = `http://127.0.0.1:${port}`;
  const answers = async () => {
    while (child.exitCode === null && !(await fetch(`${url}/readyz`).catch(() => null))?.ok) await new Promise((resolve) => setTimeout(resolve, 50));
    if (child.exitCode !== null) throw new Error(`${name} has ended: ${said()}`);
  };
  await within(answers(), 10_000, () => `${name} passes nothing on: ${said()}`);
  return url;
}
