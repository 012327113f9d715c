/** Runs the few system tools that the image is built with, and turns their failures into errors with a code. */

import { type ExecFileException, execFile } from 'node:child_process';
import { LetheError } from '@lethe/core';

export interface RunOptions {
  cwd?: string;
  signal?: AbortSignal | undefined;
}

/** Debian package of each tool, for the message when one is missing. */
const PACKAGES: Record<string, string> = {
  'apt-get': 'apt',
  'apt-cache': 'apt',
  'dpkg-deb': 'dpkg',
  'mkfs.erofs': 'erofs-utils',
  veritysetup: 'cryptsetup-bin',
};

/**
 * Standard output of a command. Throws `missing_tool`, `disk_full` or `image_broken`; an abort surfaces as an AbortError.
 * Settles only when the command and its children have ended, so that what they wrote can be removed.
 */
export function run(tool: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    HOME: '/nonexistent',
    DEBIAN_FRONTEND: 'noninteractive',
  };
  return new Promise((resolve, reject) => {
    const { signal } = options;
    if (signal?.aborted) throw calledOff();
    const settings = { cwd: options.cwd, env, maxBuffer: 64 * 1024 * 1024 };
    // Not execFile's own signal: it would settle before the command and its children have let go of their files.
    const child = execFile(tool, args, settings, (error, stdout, stderr) => {
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) reject(calledOff());
      else if (error) reject(failure(tool, error, stderr));
      else resolve(stdout);
    });
    const end = (): void => void child.kill();
    signal?.addEventListener('abort', end);
  });
}

const calledOff = (): DOMException => new DOMException('The build was called off.', 'AbortError');

function failure(tool: string, error: ExecFileException, stderr: string): LetheError {
  if (error.code === 'ENOENT') {
    const name = PACKAGES[tool];
    return new LetheError(
      'missing_tool',
      `The program ${tool} is missing.${name ? ` Install the Debian package ${name}.` : ''}`,
    );
  }
  if (stderr.includes('No space left on device')) return diskFull(error);
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return new LetheError(
    'image_broken',
    `The image could not be built: ${tool} failed (${last}). Nothing was changed.`,
    { cause: error },
  );
}

/** The error for a full disk while building. */
export const diskFull = (cause: unknown): LetheError =>
  new LetheError('disk_full', 'The disk is full: the image could not be built. Free about 1 GB and start again.', {
    cause,
  });
