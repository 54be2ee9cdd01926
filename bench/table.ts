import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMet, quietLoad, type Result, type Row, readResults, round } from './harness/results.ts';

const begin = '<!-- made by: npm run bench -- table -->';
const end = '<!-- end of what is made -->';

/** The tables of the page, made from the results. */
export function tablesOf(results: readonly Result[]): string {
  return results
    .map(({ question, date, machine, loadBefore, rows }) => {
      const others = loadBefore > quietLoad ? ` **Others were at work on the machine (load ${loadBefore} before it began)**: to be measured again.` : '';
      return [
        `### ${question}`,
        '',
        `${date}, ${machine}.${others}`,
        '',
        '| question | measured against | ours | theirs | unit | ratio | goal | |',
        '| --- | --- | ---: | ---: | --- | ---: | --- | --- |',
        ...rows.map(lineOf),
      ].join('\n');
    })
    .join('\n\n');
}

function lineOf(row: Row): string {
  const met = isMet(row);
  const goal = row.goal === null ? '' : `at ${row.better === 'higher' ? 'least' : 'most'} ${row.goal}`;
  const cells = [row.what, row.against, round(row.ours), round(row.theirs), row.unit, round(row.ratio), goal, met === null ? '' : met ? 'met' : '**missed**'];
  return `| ${cells.join(' | ')} |`;
}

/** The page with these tables in the place of those that it has. */
export function pageWith(page: string, tables: string): string {
  const [before, rest] = page.split(begin);
  const [, after] = (rest ?? '').split(end);
  if (before === undefined || after === undefined) throw new Error('the page has no place for the tables');
  return `${before}${begin}\n\n${tables}\n\n${end}${after}`;
}

/** Renews the tables of docs/performance.md. */
export function renewTables(): void {
  const path = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
  writeFileSync(path, pageWith(readFileSync(path, 'utf8'), tablesOf(readResults())));
}
