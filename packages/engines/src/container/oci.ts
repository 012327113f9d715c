/** The parts of the OCI runtime configuration (runtime-spec 1.0.2, config.json) that the engine writes. */

import type { SeccompProfile } from './seccomp.ts';

export interface IdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

export interface OciMount {
  destination: string;
  type: string;
  source: string;
  options: readonly string[];
}

export interface OciConfig {
  ociVersion: '1.0.2';
  hostname: string;
  root: { path: string; readonly: true };
  process: {
    terminal: false;
    user: { uid: number; gid: number };
    args: readonly string[];
    env: readonly string[];
    cwd: string;
    noNewPrivileges: true;
    capabilities: Record<'bounding' | 'effective' | 'permitted' | 'inheritable' | 'ambient', readonly string[]>;
    rlimits: readonly { type: string; soft: number; hard: number }[];
  };
  mounts: readonly OciMount[];
  linux: {
    namespaces: readonly { type: 'pid' | 'network' | 'ipc' | 'uts' | 'mount' | 'user' | 'cgroup' }[];
    uidMappings: readonly IdMapping[];
    gidMappings: readonly IdMapping[];
    cgroupsPath: string;
    resources: {
      devices: readonly { allow: boolean; type?: 'c'; major?: number; minor?: number; access: string }[];
      memory: { limit: number; swap?: number };
      pids: { limit: number };
    };
    rootfsPropagation: 'private';
    maskedPaths: readonly string[];
    readonlyPaths: readonly string[];
    seccomp: SeccompProfile;
  };
}
