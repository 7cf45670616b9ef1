/**
 * Breaks the real OpenClaw in every way the scenarios need, once for each version, and prints what was seen.
 *
 *   node test/real/harness/smoke.ts [version…] [fault…]
 */
import { withCleanup } from './cleanup.ts';
import { isOpenClawVersion, openClawVersions } from './installation.ts';
import { faults } from './smoke-faults.ts';

const words = process.argv.slice(2);
const versions = words.some(isOpenClawVersion) ? words.filter(isOpenClawVersion) : openClawVersions;
const names = words.filter((word) => !isOpenClawVersion(word));
const unknown = names.filter((name) => faults.every((fault) => fault.name !== name));
if (unknown.length > 0) {
  throw new Error(
    `unknown fault ${unknown.join(', ')}; known are ${faults.map((fault) => fault.name).join(', ')}`,
  );
}

const table: string[] = [];
let failed = 0;
for (const version of versions) {
  for (const fault of faults) {
    if (names.length > 0 && !names.includes(fault.name)) continue;
    const start = performance.now();
    process.stdout.write(`${version} ${fault.name}\n`);
    let outcome = 'ok';
    try {
      const findings = await withCleanup((cleanup) => fault.provoke(version, cleanup));
      for (const [what, value] of Object.entries(findings)) process.stdout.write(`    ${what}: ${value}\n`);
    } catch (error: unknown) {
      failed += 1;
      outcome = 'FAILED';
      process.stdout.write(`    FAILED: ${error instanceof Error ? error.message : String(error)}\n`);
    }
    const seconds = ((performance.now() - start) / 1_000).toFixed(0);
    table.push(
      `${version.padEnd(10)} ${fault.name.padEnd(24)} ${outcome.padEnd(7)} ${seconds.padStart(5)} s`,
    );
  }
}
process.stdout.write(`\n${table.join('\n')}\n`);
process.stdout.write(failed === 0 ? 'all faults could be caused\n' : `${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
