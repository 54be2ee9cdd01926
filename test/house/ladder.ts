import { posix } from 'node:path';
import { withoutComments } from './sources.ts';

/** The steps of the ladder, lowest first: a file stands on the first step whose pattern fits its path below `src/`. */
const steps: readonly (readonly [step: string, files: RegExp])[] = [
  ['kernel', /^kernel\//],
  ['config', /^(config|variables)\.ts$/],
  ['platform', /^platform\//],
  ['entity', /^features\/[^/]+\/[^/]+\.entity\.ts$/],
  ['policy', /^features\/[^/]+\/[^/]+\.policy\.ts$/],
  ['service', /^features\/[^/]+\/[^/]+\.service\.ts$/],
  ['entities and services', /^(entities|services)\.ts$/],
  ['graphql', /^graphql\//],
  ['schema of a feature', /^features\/[^/]+\/[^/]+\.schema\.ts$/],
  ['schema', /^schema\.ts$/],
  ['server/engine', /^server\/engine\//],
  ['server/fanout', /^server\/fanout\//],
  ['server/engine.ts', /^server\/engine\.ts$/],
  ['server/http', /^server\/http\//],
  ['server/socket', /^server\/socket\//],
  ['limits', /^limits\.ts$/],
  ['app', /^(app|open-database)\.ts$/],
  ['workers', /^workers\//],
  ['main', /^main\.ts$/],
];

/** The features: on one step each may use itself and those before it. */
const features: readonly string[] = [
  'log',
  'files',
  'users',
  'audit',
  'auth',
  'contacts',
  'providers',
  'server-keys',
  'identity',
  'conversations',
  'contents',
  'message-index',
  'messages',
  'reactions',
  'pins',
  'typing',
  'friends',
  'groups',
  'search',
  'presence',
  'events',
  'notices',
  'moderation',
  'cleaning',
];

/** What a file imports: static and dynamic imports, re-exports, declarations that merge into a module, and imports of types alike. */
export function importsOf(code: string): string[] {
  const found = withoutComments(code).matchAll(/\b(?:from|import|module)\s*\(?\s*(['"`])([^'"`]+)\1/g);
  return [...found].map((match) => match[2] ?? '');
}

function stepOf(file: string): number {
  return steps.findIndex(([, pattern]) => pattern.test(file));
}

function featureOf(file: string): { readonly name: string; readonly place: number } | null {
  const name = /^features\/([^/]+)\//.exec(file)?.[1];
  return name === undefined ? null : { name, place: features.indexOf(name) };
}

const nameOf = (step: number) => `${step} ${steps[step]?.[0]}`;

/** What is wrong with the imports of one file (its path below `src/`); each line names both files and the rule. */
export function brokenImports(file: string, code: string): string[] {
  const step = stepOf(file);
  if (step === -1) return [`${file}: stands on no step of the ladder; the roles in a feature are entity, policy, service and schema`];
  const feature = featureOf(file);
  if (feature?.place === -1) return [`${file}: the feature "${feature.name}" is not in the order of the features`];
  return importsOf(code)
    .filter((specifier) => specifier.startsWith('.'))
    .flatMap((specifier) => {
      const target = posix.join(posix.dirname(file), specifier);
      const other = stepOf(target);
      const arrow = `${file} → ${target}`;
      // Data that belongs to the whole package: the server tells its version.
      if (target === '../package.json') return [];
      if (target.startsWith('..')) return [`${arrow}: leaves src/`];
      if (other === -1) return [`${arrow}: stands on no step of the ladder`];
      if (other < step) return [];
      if (other > step) return [`${arrow}: a file imports only from a lower step (${nameOf(step)} → ${nameOf(other)})`];
      const to = featureOf(target);
      if (feature && to)
        return to.place <= feature.place ? [] : [`${arrow}: in the same step only from a feature listed earlier ("${to.name}" comes after "${feature.name}")`];
      return posix.dirname(target) === posix.dirname(file) ? [] : [`${arrow}: in the same step only from its own folder (${nameOf(step)})`];
    });
}
