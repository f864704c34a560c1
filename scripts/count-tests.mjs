// Adds up vitest's JSON reports: node scripts/count-tests.mjs FOLDER. Its last line is `N passed, N failed`; exit code
// 1 when a test failed or was skipped, when a file broke before its tests, or when nothing ran at all.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.'] = process.argv.slice(2);
const reports = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));

const sum = (read) => reports.reduce((total, report) => total + read(report), 0);
const passed = sum((report) => report.numPassedTests);
const skipped = sum((report) => report.numPendingTests + (report.numTodoTests ?? 0));
// A file that cannot be read has no tests that could fail; it counts as one.
const broken = sum(
  (report) =>
    report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
      .length,
);
const failed = sum((report) => report.numFailedTests) + broken;

for (const { testResults } of reports) {
  for (const { name, assertionResults } of testResults) {
    for (const { status, fullName } of assertionResults) {
      if (status !== 'passed') console.log(`${status}: ${name}: ${fullName}`);
    }
  }
}
if (skipped > 0) console.log(`${skipped} skipped, and nothing may be`);
if (passed === 0) console.log('no test ran');
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || skipped > 0 || passed === 0 ? 1 : 0;
