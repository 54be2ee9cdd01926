// The second run of the tests that failed in the first one: see .ci/run. Plain JavaScript, for whatever Node is there.
import { readFileSync, writeFileSync } from 'node:fs';

/** More than these are no accident. */
const mostFiles = 5;

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { success: false, testResults: [] };
  }
}

/** The files in which something failed, where they are so few that a busy machine can be the cause. */
function failedFiles({ testResults }) {
  const names = [...new Set(testResults.filter(({ status }) => status === 'failed').map(({ name }) => name))];
  return names.length <= mostFiles ? names : [];
}

/** Puts the second run of some files into the place of the first, and says what failed at first. */
function settle(path, secondPath) {
  const [first, second] = [readReport(path), readReport(secondPath)];
  const names = new Set(second.testResults.map(({ name }) => name));
  for (const { name, assertionResults } of first.testResults.filter((file) => names.has(file.name))) {
    for (const { fullName, status, failureMessages = [] } of assertionResults) {
      if (status === 'failed')
        console.log(`FAILED AT FIRST ${name.replace(`${process.cwd()}/`, '')} > ${fullName}\n${failureMessages.join('\n').slice(0, 1500)}`);
    }
  }
  const testResults = [...first.testResults.filter(({ name }) => !names.has(name)), ...second.testResults];
  writeFileSync(path, JSON.stringify({ ...first, success: second.success, testResults }));
}

const [what, path = '', second = ''] = process.argv.slice(2);
if (what === 'files') console.log(failedFiles(readReport(path)).join('\n'));
if (what === 'settle') settle(path, second);
