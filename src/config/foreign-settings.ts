import type { Config, NodeTarget } from './config.ts';
import { problemIn } from './origin.ts';
import type { ConfigProblem } from './problem.ts';

/** What a node host was given that only another system has: it is looked for in vain here. */
export function findForeignSettings(config: Config, system: string): readonly ConfigProblem[] {
  return config.nodes.flatMap((node, index) =>
    foreignTo(node, system).map(({ field, why }) => problemIn(config, `nodes[${index}].${field}`, why)),
  );
}

interface Foreign {
  readonly field: string;
  readonly why: string;
}

function foreignTo({ locator, log }: NodeTarget, system: string): readonly Foreign[] {
  const found: Foreign[] = [];
  if (locator.kind === 'systemd-unit' && system !== 'linux') {
    const why = `there is no systemd on ${nameOf(system)}; name the node host by launchd_label, state_dir or pid_file.`;
    found.push({ field: 'systemd_unit', why });
  }
  if (locator.kind === 'launchd-label' && system !== 'darwin') {
    const why = `there is no launchd on ${nameOf(system)}; name the node host by systemd_unit, state_dir or pid_file.`;
    found.push({ field: 'launchd_label', why });
  }
  if (log.kind === 'journal' && system !== 'linux') {
    const why = `there is no journal on ${nameOf(system)}; leave it out (auto), or name the file.`;
    found.push({ field: 'log', why });
  }
  return found;
}

/** As `process.platform` has it, in the words of people. */
function nameOf(system: string): string {
  const names: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS' };
  return names[system] ?? system;
}
