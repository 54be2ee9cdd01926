import { execFile, execFileSync } from 'node:child_process';
import { existsSync, statfsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** The path of the first of these programs that this machine has, or null. */
export function findBinary(...names: readonly string[]): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((path) => existsSync(path)) ?? null;
}

/** A database server that this machine has and that tests, chaos and benchmarks start for themselves. */
export interface DatabaseServer {
  readonly name: 'MySQL' | 'MariaDB';
  /** As the program tells it. */
  readonly version: string;
  readonly program: string;
  /** Makes the tables of an empty server: `root` may come from 127.0.0.1, without a password. */
  install(place: DatabasePlace): Promise<void>;
  /** With what the program is started. */
  args(place: DatabasePlace, port: number): string[];
}

/** Where one keeps its things. */
export interface DatabasePlace {
  /** An existing folder for sockets and temporary files. */
  readonly folder: string;
  /** For the tables; not there yet. */
  readonly data: string;
}

/** The one that `PARLEY_MYSQLD` names, else MariaDB where it is installed, else MySQL; null where there is none. */
export function findDatabaseServer(): DatabaseServer | null {
  const named = process.env.PARLEY_MYSQLD;
  const mariadbInstall = findBinary('mariadb-install-db', 'mysql_install_db');
  const programs = named ? [named] : [findBinary('mariadbd'), findBinary('mysqld')].filter((path) => path !== null);
  for (const program of programs) {
    const version = versionOf(program);
    if (version === null) continue;
    if (!/MariaDB/i.test(version)) return mysql(program, version);
    if (mariadbInstall !== null) return mariadb(program, version, mariadbInstall);
  }
  if (named) throw new Error(`PARLEY_MYSQLD names no database server that runs: ${named}`);
  return null;
}

function versionOf(program: string): string | null {
  try {
    return /Ver (\S+)/.exec(execFileSync(program, ['--no-defaults', '--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))?.[1] ?? null;
  } catch {
    return null;
  }
}

// The first has to stay the first.
const common = ({ data }: DatabasePlace) => ['--no-defaults', `--datadir=${data}`, ...(process.getuid?.() === 0 ? ['--user=root'] : [])];

const listening = ({ folder }: DatabasePlace, port: number) => [
  `--port=${port}`,
  '--bind-address=127.0.0.1',
  `--socket=${join(folder, 's')}`,
  `--pid-file=${join(folder, 'pid')}`,
  `--tmpdir=${folder}`,
  '--skip-name-resolve',
  '--max-connections=500',
  '--character-set-server=utf8mb4',
];

/**
 * The size of the redo log. In a small one everybody waits for the pages of the log that comes round, again and again, which looks like a slow
 * server. MariaDB takes the whole on the disk at once, so less where there is little room.
 */
function redoLogSize({ folder }: DatabasePlace): string {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > 8 * 1024 ** 3 ? '1G' : '128M';
}

function mariadb(program: string, version: string, installer: string): DatabaseServer {
  const redoLog = (place: DatabasePlace) => `--innodb-log-file-size=${redoLogSize(place)}`;
  return {
    name: 'MariaDB',
    version,
    program,
    async install(place) {
      const accounts = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'];
      await promisify(execFile)(installer, [...common(place), ...accounts, redoLog(place), `--tmpdir=${place.folder}`]);
    },
    args: (place, port) => [...common(place), ...listening(place, port), redoLog(place)],
  };
}

function mysql(program: string, version: string): DatabaseServer {
  const redoLog = (place: DatabasePlace) => `--innodb-redo-log-capacity=${redoLogSize(place)}`;
  return {
    name: 'MySQL',
    version,
    program,
    async install(place) {
      // One statement a line. root@localhost may not come by TCP where names are not looked up.
      const accounts = join(place.folder, 'accounts.sql');
      writeFileSync(accounts, "create user root@'127.0.0.1' identified by '';\ngrant all on *.* to root@'127.0.0.1' with grant option;\n");
      await promisify(execFile)(program, [...common(place), '--initialize-insecure', `--init-file=${accounts}`, redoLog(place), `--tmpdir=${place.folder}`]);
    },
    args: (place, port) => [...common(place), ...listening(place, port), redoLog(place), '--mysqlx=OFF', '--performance-schema=OFF', '--secure-file-priv=NULL'],
  };
}
