import { findBinary } from './database-server.ts';

/** The reverse proxies for which there is a file in deploy/. */
export const proxyNames = ['nginx', 'haproxy'] as const;

/** One of them. */
export type ProxyName = (typeof proxyNames)[number];

/** What runs the examples of docs/identity.md that are in other languages than ours, by the names of their packages. */
const languages = { 'php-cli': 'php', python3: 'python3' } as const;

/**
 * The programs that this machine lacks and some tests need, by the names of their packages: those for which there are files in deploy/, ffmpeg, and
 * what runs examples, and the browser in which the pages are tried. Prometheus brings promtool, and ffmpeg ffprobe.
 */
export function missingPrograms(): string[] {
  const packages = Object.entries({ nginx: 'nginx', haproxy: 'haproxy', prometheus: 'prometheus', ffmpeg: 'ffmpeg', chromium: 'chromium', ...languages });
  return packages.flatMap(([name, program]) => (findBinary(program) === null ? [name] : []));
}
