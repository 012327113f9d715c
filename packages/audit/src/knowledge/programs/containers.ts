import type { Program } from '../program.ts';

export const containerd: Program = {
  id: 'containerd',
  name: 'containerd',
  role: 'container',
  recognise: { names: ['containerd'] },
  byDefault:
    'Starts containers; where their output goes is up to Docker or whoever asks it. Under Kubernetes it goes to /var/log/pods.',
  traps: ['Its shims can be given a file or a program that takes all output of a container.'],
  sources: ['containerd 1.6: containerd(8)'],
};

export const containerdShim: Program = {
  id: 'containerd-shim',
  name: 'containerd-shim',
  role: 'container',
  recognise: {
    names: ['containerd-shim', 'containerd-shim-runc-v1', 'containerd-shim-runc-v2', 'docker-containerd-shim'],
  },
  byDefault: 'Holds the standard output of one container and hands it to whoever started it.',
  traps: [],
  sources: ['containerd 1.6: runtime/v2/README'],
};

export const conmon: Program = {
  id: 'conmon',
  name: 'conmon',
  role: 'container',
  recognise: { names: ['conmon'] },
  byDefault: 'Takes the output of one container of Podman or CRI-O to the log driver named on its command line.',
  traps: ['`passthrough` leaves the output to the service that started the container, which is mostly the journal.'],
  settings: [
    {
      key: 'log-path',
      absent: null,
      silent: '(?:none|off|null)(?::.*)?',
      occurrences: 'each',
      option: ['-l', '--log-path'],
      records: 'keeps everything that its container prints',
      claims: ['CL-01', 'CL-04'],
      mend: 'Create the container anew with `--log-driver none`.',
    },
  ],
  sources: ['conmon 2.1.6: conmon(8)'],
};

export const podman: Program = {
  id: 'podman',
  name: 'Podman',
  role: 'container',
  recognise: { names: ['podman'] },
  byDefault: 'Keeps everything that containers print, in the journal or in a k8s-file beside the container.',
  traps: [
    'The setting is a default: `--log-driver` at creation overrides it, and the container keeps it.',
    'Users have a containers.conf of their own in their home directories, which is not read here.',
  ],
  config: {
    syntax: 'toml',
    option: [],
    paths: ['/usr/share/containers/containers.conf'],
    also: ['/etc/containers/containers.conf', '/etc/containers/containers.conf.d/*.conf'],
  },
  settings: [
    {
      key: 'containers.log_driver',
      absent: 'journald',
      silent: 'none',
      option: ['--log-driver'],
      records: 'keeps everything that containers print',
      claims: ['CL-01', 'CL-04'],
      mend: 'Set `log_driver = "none"` under [containers] and create the containers anew.',
    },
  ],
  sources: ['Podman 4.3.1: podman-run(1)', 'containers-common 0.50.1: containers.conf'],
};
