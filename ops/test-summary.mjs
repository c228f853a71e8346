// Adds up what the test runners counted and prints the last line of `npm test`. Reads their own reports (ctest's JUnit
// file, vitest's JSON); a runner that failed without a counted failure counts as one, and is named.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];

function readRunners() {
  const lines = readFileSync(join(folder, 'runners'), 'utf8').trim().split('\n');
  return lines.map((line) => line.split(' ')).map(([name, code]) => ({ name, code: Number(code) }));
}

function countNative(name) {
  const path = join(folder, `${name}.xml`);
  if (!existsSync(path)) return { passed: 0, failed: 0, skipped: 0 };
  const suite = /<testsuite\b[^>]*>/.exec(readFileSync(path, 'utf8'))?.[0] ?? '';
  const number = (attribute) => Number(new RegExp(`\\b${attribute}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number('failures');
  const skipped = number('skipped') + number('disabled');
  return { passed: number('tests') - failed - skipped, failed, skipped };
}

function countVitest() {
  const path = join(folder, 'vitest.json');
  if (!existsSync(path)) return { passed: 0, failed: 0, skipped: 0 };
  const report = JSON.parse(readFileSync(path, 'utf8'));
  // A file that cannot be loaded holds no test that could fail: it counts as one failure.
  const unloadable = report.testResults.filter((file) => {
    return file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed');
  });
  for (const file of unloadable) console.error(`test: ${file.name}: ${file.message}`);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const { name, code } of readRunners()) {
  const counts = name === 'vitest' ? countVitest() : countNative(name);
  if (code !== 0 && counts.failed === 0) {
    console.error(`test: ${name} ended with exit code ${code} without a failed test; counted as one failure`);
    counts.failed = 1;
  }
  if (code === 0 && counts.passed === 0) {
    console.error(`test: ${name} passed no test at all; counted as one failure`);
    counts.failed += 1;
  }
  for (const key of Object.keys(total)) total[key] += counts[key];
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
const line = `${total.passed} passed, ${total.failed} failed${skipped}`;
writeFileSync(join(folder, 'summary'), `${line}\n`);
console.log(line);
process.exitCode = total.failed > 0 ? 1 : 0;
