/** One server of an address. */
export interface Host {
  /** A name, or an address: one of IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** How the way to a server is protected: not at all; with a certificate for the server's own name; with any that a known authority has signed. */
export type Tls = 'off' | 'on' | 'verify-ca';

/** An address such as `mysql://name:password@host:port/path?parameter=value`, taken apart. */
export interface Address {
  readonly scheme: string;
  readonly user: string;
  readonly password: string;
  readonly hosts: readonly [Host, ...Host[]];
  /** What stands behind the first slash, decoded; empty where there is none. */
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly tls: Tls;
}

/** What an address may be. */
export interface AddressForm {
  /** By scheme: whether it means TLS. */
  readonly schemes: Readonly<Record<string, boolean>>;
  readonly port: number;
  /** Parameters besides `tls`, with the values that each may have. */
  readonly parameters?: Readonly<Record<string, readonly string[]>>;
  readonly severalHosts?: boolean;
}

/** An address that cannot be used: a sentence that holds no part of it that may be a secret. */
export class AddressError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AddressError';
  }
}

const escaping = 'in a name or a password write % as %25, / as %2F, ? as %3F, # as %23 and @ as %40';

/** Takes an address apart. Throws an `AddressError`. */
function parseAddress(text: string, form: AddressForm): Address {
  const scheme = Object.keys(form.schemes).find((name) => text.startsWith(`${name}://`));
  if (scheme === undefined) {
    throw new AddressError(
      `must begin with ${Object.keys(form.schemes)
        .map((name) => `${name}://`)
        .join(' or ')}`,
    );
  }
  const rest = text.slice(scheme.length + 3);
  const [, authority = '', path = '', query = '', fragment = ''] = /^([^/?#]*)(\/[^?#]*)?(\?[^#]*)?(#.*)?$/s.exec(rest) ?? [];
  // A password that ends the part in front of the host too early: what follows must not be taken, nor told, for something else.
  if (fragment !== '' || /@/.test(path + query)) throw new AddressError(`cannot be read: ${escaping}`);
  const at = authority.lastIndexOf('@');
  const credentials = authority.slice(0, Math.max(at, 0));
  const colon = credentials.indexOf(':');
  const parameters = parametersOf(query, form);
  return {
    scheme,
    user: decode(colon < 0 ? credentials : credentials.slice(0, colon)),
    password: colon < 0 ? '' : decode(credentials.slice(colon + 1)),
    hosts: hostsOf(authority.slice(at + 1), form),
    path: decode(path.slice(1)),
    parameters,
    tls: tlsOf(form.schemes[scheme] ?? false, parameters.get('tls')),
  };
}

/** An address for people to read: without name, password and parameters. */
export function shownAddress({ scheme, hosts, path }: Address): string {
  const shown = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  return `${scheme}://${shown.join(',')}${path === '' ? '' : `/${path}`}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AddressError(`cannot be read: ${escaping}`);
  }
}

function hostsOf(text: string, { port, severalHosts = false }: AddressForm): [Host, ...Host[]] {
  const [first, ...others] = text.split(',').map((part) => {
    const [, name = '', number = String(port)] = /^(\[[0-9a-f:.%\w]+\]|[^:[\]]+)(?::(\d+))?$/i.exec(part) ?? [];
    const isPort = Number(number) > 0 && Number(number) < 65_536;
    if (name === '' || !isPort || !URL.canParse(`http://${name}`))
      throw new AddressError('must name a host, and behind a colon its port where it is not the usual one');
    return { host: name.replace(/^\[|\]$/g, ''), port: Number(number) };
  });
  if (first === undefined || (others.length > 0 && !severalHosts)) throw new AddressError('must name one host');
  return [first, ...others];
}

function parametersOf(query: string, { parameters = {} }: AddressForm): Map<string, string> {
  const known: Readonly<Record<string, readonly string[]>> = { ...parameters, tls: ['on', 'off', 'verify-ca'] };
  const found = new Map<string, string>();
  for (const part of query.slice(1).split('&').filter(Boolean)) {
    const [name = '', value = ''] = part.split('=', 2);
    const values = Object.entries(known).find(([each]) => each === name)?.[1];
    // Not what was written: it may be the end of a password.
    if (!values) throw new AddressError(`has a parameter that does not exist; there is ${Object.keys(known).join(' and ')}`);
    if (!values.includes(value) || found.has(name)) throw new AddressError(`must say ${name} once, as ${values.map((each) => `${name}=${each}`).join(' or ')}`);
    found.set(name, value);
  }
  return found;
}

function tlsOf(byScheme: boolean, value: string | undefined): Tls {
  if (value === 'off' && byScheme) throw new AddressError('asks for TLS and against it');
  if (value === 'on' || value === 'verify-ca') return value;
  return byScheme ? 'on' : 'off';
}

/** The address of a server of databases: one host, and the name of the database. Throws an `AddressError`. */
export function parseDatabaseAddress(text: string): Address {
  const address = parseAddress(text, { schemes: { mysql: false, mariadb: false, mysqls: true }, port: 3306 });
  if (address.path === '') throw new AddressError('must end with the name of the database, such as mysql://host:3306/parley');
  if (address.path.includes('/') || address.path.length > 64) throw new AddressError('must end with one name of a database, of at most 64 characters');
  return address;
}

/** The address of a Redis, or of several servers of a Redis Cluster. Throws an `AddressError`. */
export function parseRedisAddress(text: string): Address {
  const form = { schemes: { redis: false, rediss: true }, port: 6379, parameters: { cluster: ['on', 'off'] }, severalHosts: true };
  const address = parseAddress(text, form);
  if (!/^\d{0,4}$/.test(address.path)) throw new AddressError(`must have nothing but the number of a database behind its slash; ${escaping}`);
  return address;
}

/** The path of a file of SQLite: `sqlite:path` or `sqlite://path`. Throws an `AddressError`. */
export function parseSqlitePath(text: string): string {
  const path = text.replace(/^sqlite:(\/\/)?/, '');
  if (path === '') throw new AddressError('must name a file behind sqlite:');
  if (/[?#]/.test(path)) throw new AddressError('takes no parameters with sqlite:');
  return path;
}
