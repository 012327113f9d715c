/** One line about the machine: numbers without it mean nothing. */

import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';

export function machineLine(): string {
  const model = cpus()[0]?.model.replaceAll(/\s+/g, ' ').trim() || 'unknown processor';
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `${distribution()}, Linux ${release()}, ${availableParallelism()} cores (${model}), ${memory} GB, Node ${process.version}`;
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  } catch {
    return 'Linux';
  }
}
