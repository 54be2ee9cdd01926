import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { missingPrograms } from './test/support/missing-programs.ts';
import { installCommand, missingServices } from './test/support/private-services.ts';
import { hasS3, s3Command } from './test/support/s3-program.ts';

// Each worker is a process of its own, and so is each server that a test starts: what one has compiled, the next need not.
process.env.NODE_COMPILE_CACHE ??= 'node_modules/.cache/parley-tests';

const missing = missingServices();
const programs = missingPrograms();
const report = process.env.PARLEY_TEST_REPORT;
const required = process.env.PARLEY_REQUIRE_SERVICES === '1';

if (missing.length > 0 && required) throw new Error(`PARLEY_REQUIRE_SERVICES=1, and ${missing.join(' and ')} cannot be found. Install: ${installCommand}`);
const told = [
  ...(missing.length > 0
    ? [`HALF OF THE TESTS DID NOT RUN: everything on MySQL/MariaDB and Redis, for want of ${missing.join(' and ')}.`, installCommand]
    : []),
  ...(programs.length > 0
    ? [
        `NOT EVERYTHING WAS TRIED (files in deploy/, sound and film, the pages in a browser, examples in PHP and Python), for want of ${programs.join(' and ')}.`,
        `apt-get install -y --no-install-recommends ${programs.join(' ')}`,
      ]
    : []),
  ...(hasS3() ? [] : ['NOTHING WAS TRIED ON S3, for want of a server that speaks it.', s3Command]),
];
if (told.length > 0)
  // On exit, because nothing may be printed below it: who sees only green must see this too.
  process.on('exit', () => {
    const line = '!'.repeat(100);
    console.error(`\n${line}\n${told.join('\n')}\nInstall them, then run npm test again.\n${line}`);
  });

type Backend = 'embedded' | 'services';

const project = (name: string, backend: Backend, include: string[], exclude: string[] = []): TestProjectInlineConfiguration => ({
  // Packages as a server has them, not with what some of them check besides where the condition `development` is set.
  ssr: { resolve: { conditions: ['node'] } },
  test: {
    name,
    include,
    exclude,
    provide: { backend },
    setupFiles: ['test/support/setup.ts'],
    environment: 'node',
    pool: 'forks',
    // Loading the sources, and running them cold, costs more than what most files do with them: so a worker keeps them for its next file.
    isolate: false,
    // Tests make much that lives for a moment: with more room for it there is less to collect.
    execArgv: ['--max-semi-space-size=64', '--conditions=parley-source'],
    // What a file leaves behind, the next one would find.
    restoreMocks: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine takes its time: what is waited for comes, or the test has failed.
    expect: { requireAssertions: true, poll: { timeout: 15_000 } },
    // Node runs the sources as it does in production: by stripping the types, with one copy of graphql in the process.
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});

const everywhere = ['test/features/**/*.test.ts', 'test/clients/**/*.test.ts', 'client/test/**/*.test.ts'];
// What does not depend on the backend, or brings its own. In the same workers, which have loaded the sources and are warm.
const once = [...['protocol', 'contract', 'rules', 'house'].map((folder) => `test/${folder}/**/*.test.ts`), 'web/test/**/*.test.ts'];
// Several nodes need a database server and a bus that they share.
const nodes = ['{test,client/test,web/test}/**/*.nodes.test.ts'];

const longest = ['test/chaos/short.nodes.test.ts', 'test/features/state-law.test.ts', 'web/test/long-list.test.ts'];

/** Begins with the files that take minutes: at the end, all others would wait for them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const takesLong = ({ moduleId }: TestSpecification) => longest.some((file) => moduleId.endsWith(file));
    const sorted = await super.sort(files);
    return [...sorted.filter(takesLong), ...sorted.filter((file) => !takesLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/support/global-setup.ts'],
    // The tests mostly wait for databases and sockets: one more worker than cores keeps both busy.
    maxWorkers: 3,
    // A second reporter counts for .ci/run.
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      project('embedded', 'embedded', [...everywhere, ...once], nodes),
      ...(missing.length === 0 ? [project('services', 'services', [...everywhere, ...nodes])] : []),
    ],
  },
});
