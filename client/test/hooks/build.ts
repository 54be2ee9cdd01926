import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Window } from 'happy-dom';
import { rolldown } from 'rolldown';
import { closeLater } from '../../../test/support/lifetime.ts';
import { emptyFolder } from '../../../test/support/operator.ts';

export type Library = 'react' | 'preact';
export type Program = typeof import('./program.tsx');

/** What the aliases of preact/compat are in a page's build. */
const preact = {
  'react-dom/client': 'preact/compat/client',
  'react/jsx-runtime': 'preact/jsx-runtime',
  'react-dom': 'preact/compat',
  react: 'preact/compat',
};

/** The program of the tests with one of the two libraries, in one file that is there as long as what calls this runs. */
export async function build(library: Library): Promise<string> {
  const bundle = await rolldown({
    input: join(import.meta.dirname, 'program.tsx'),
    platform: 'browser',
    resolve: { conditionNames: ['parley-source', 'import', 'module', 'browser', 'default'], alias: library === 'preact' ? preact : {} },
    transform: { define: { 'process.env.NODE_ENV': '"development"' }, jsx: { runtime: 'automatic' } },
    onLog() {},
  });
  const path = join(emptyFolder(), `${library}.mjs`);
  await bundle.write({ file: path, format: 'es', codeSplitting: false });
  await bundle.close();
  return pathToFileURL(path).href;
}

/** Loads the program, in a document of its own until the end of the test. */
export async function openProgram(url: string): Promise<Program & { readonly element: HTMLElement }> {
  const window = new Window({ url: 'http://localhost/' });
  const names = ['window', 'document', 'HTMLElement', 'HTMLIFrameElement', 'Node', 'Event', 'MouseEvent'] as const;
  const before = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
  for (const name of names) Object.defineProperty(globalThis, name, { configurable: true, writable: true, value: name === 'window' ? window : window[name] });
  closeLater(async () => {
    // What React still has to do, it does in the next turns.
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else Reflect.deleteProperty(globalThis, name);
    }
    await window.happyDOM.close();
  });
  // Each time anew: React looks for the document once.
  const program: Program = await import(`${url}?${Math.random()}`);
  const element = document.createElement('main');
  document.body.append(element);
  return { ...program, element };
}
