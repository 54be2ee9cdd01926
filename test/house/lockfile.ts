import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readText, root } from './sources.ts';

/** What npm writes of a package into package-lock.json, as far as it matters here. */
interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  /** It is a workspace of this project. */
  readonly link?: boolean;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly libc?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The lockfile. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** The committed lockfile. */
export function readLockfile(): Lockfile {
  return JSON.parse(readText('package-lock.json'));
}

/** How the names of binaries for a platform end. */
const platform = /-(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-(gnu|musl|gnueabihf|musleabihf|eabi|msvc))?$/;

/**
 * The binaries for other platforms that packages name and the lockfile lacks. npm leaves out whatever the registry at hand does not have,
 * and then `npm ci` refuses the lockfile.
 */
export function missingPlatforms(lock: Lockfile): Record<string, object> {
  const found = Object.values(lock.packages).flatMap(({ optionalDependencies = {}, dev }) =>
    Object.entries(optionalDependencies).flatMap(([name, version]) => {
      const match = platform.exec(name);
      if (match === null || `node_modules/${name}` in lock.packages) return [];
      const [, os, cpu, abi = ''] = match;
      const libc = abi.startsWith('musl') ? { libc: ['musl'] } : abi.startsWith('gnu') ? { libc: ['glibc'] } : {};
      return [[`node_modules/${name}`, { version, cpu: [cpu], ...(dev ? { dev } : {}), ...libc, optional: true, os: [os] }] as const];
    }),
  );
  return Object.fromEntries(found);
}

/** The Nodes that come along are for glibc and do not say so: on Alpine npm would put one before the Node that runs there. */
export function withLibc(lock: Lockfile): Lockfile['packages'] {
  const entries = Object.entries(lock.packages);
  return Object.fromEntries(entries.map(([name, entry]) => [name, /^node_modules\/node-linux-/.test(name) ? { ...entry, libc: ['glibc'] } : entry]));
}

// npm run lock
if (process.argv[1] === import.meta.filename) {
  const lock = readLockfile();
  const packages = Object.fromEntries(Object.entries({ ...withLibc(lock), ...missingPlatforms(lock) }).sort(([one], [other]) => (one < other ? -1 : 1)));
  writeFileSync(join(root, 'package-lock.json'), `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
}
