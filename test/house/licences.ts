import { existsSync } from 'node:fs';
import { readLockfile } from './lockfile.ts';
import { readText, root } from './sources.ts';

/** A package that the server, or the page that it serves, runs with. */
export interface LicensedPackage {
  readonly name: string;
  readonly version: string;
  /** What its package.json says: an SPDX expression. */
  readonly licence: string;
}

/**
 * The licences, by their SPDX ids, under which anybody may run, change and pass on the whole under terms of their own: they ask for no more than that
 * their text goes along.
 */
export const allowed: ReadonlySet<string> = new Set([
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
]);

/**
 * Packages that may be under a licence more. sharp decodes pictures with libvips, which is under the LGPL and comes unchanged as a shared library, for
 * most platforms in a package of its own: whoever passes the whole on may do so under terms of their own, as long as that library can be exchanged for
 * another one, which npm does, and is named together with its licence and its sources, as its README does.
 */
const exceptions = { packages: /^@img\/sharp-[a-z\d-]+$/, licence: 'LGPL-3.0-or-later' };

/** Packages whose package.json says nothing, and where their licence stands. */
const elsewhere: Readonly<Record<string, string>> = {
  // Its Readme.md.
  'combine-errors': 'MIT',
};

/**
 * Whether an SPDX expression leaves a way to take the package under licences that are allowed, or are for a package of this name: each of one that is
 * joined by AND, one of those joined by OR.
 */
export function isAllowed(expression: string, name = ''): boolean {
  const isTaken = (id: string) => allowed.has(id) || (id === exceptions.licence && exceptions.packages.test(name));
  const plain = expression.replace(/[()]/g, '');
  return plain.split(/ OR /).some((way) => way.split(/ AND /).every((id) => isTaken(id.trim())));
}

/** What is built into the page, and goes to every browser with it: packages of development, as npm sees them. */
function placesOfPage(): ReadonlySet<string> {
  const { packages } = readLockfile();
  const places = new Set<string>();
  const add = (names: readonly string[]) => {
    for (const place of names.map((name) => `node_modules/${name}`)) {
      if (places.has(place)) continue;
      places.add(place);
      add(Object.keys(packages[place]?.dependencies ?? {}));
    }
  };
  const { devDependencies }: { readonly devDependencies: Readonly<Record<string, string>> } = JSON.parse(readText('web/package.json'));
  add(Object.keys(devDependencies).filter((name) => name !== 'vite'));
  return places;
}

/** The packages that `npm ci --omit=dev` brings, as they lie in node_modules, and those of the page; those for other platforms do not. */
export function productionPackages(): LicensedPackage[] {
  const ofPage = placesOfPage();
  const places = Object.entries(readLockfile().packages).flatMap(([place, { dev, link }]) =>
    place === '' || link || (dev && !ofPage.has(place)) ? [] : [place],
  );
  return places
    .filter((place) => existsSync(`${root}${place}/package.json`))
    .map((place) => {
      const { name, version, license }: { readonly name: string; readonly version: string; readonly license?: unknown } = JSON.parse(
        readText(`${place}/package.json`),
      );
      return { name, version, licence: typeof license === 'string' ? license : (elsewhere[name] ?? 'none') };
    });
}

// npm run licences
if (process.argv[1] === import.meta.filename) for (const { name, version, licence } of productionPackages()) console.log(`${licence}\t${name}@${version}`);
