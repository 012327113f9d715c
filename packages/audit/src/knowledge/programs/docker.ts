import type { Program } from '../program.ts';

export const docker: Program = {
  id: 'docker',
  name: 'Docker',
  role: 'container',
  recognise: { names: ['dockerd'] },
  byDefault: 'Keeps everything that containers print in /var/lib/docker/containers/ID/ID-json.log, without limit.',
  traps: [
    'The setting is a default: a container keeps the driver it was created with, and `--log-driver` or a compose file overrides it.',
    'The driver `local` writes files too; only `none` is silent.',
    'With a remote driver a copy stays on disk (dual logging), unless `cache-disabled` is set.',
  ],
  config: { syntax: 'json', option: ['--config-file'], paths: ['/etc/docker/daemon.json'] },
  settings: [
    {
      key: 'log-driver',
      absent: 'json-file',
      silent: 'none',
      option: ['--log-driver'],
      ask: ['docker', 'info', '--format', '{{.LoggingDriver}}'],
      records: 'keeps or passes on everything that containers print',
      claims: ['CL-01', 'CL-04'],
      mend: 'Set `"log-driver": "none"` in daemon.json, restart Docker and create the containers anew.',
    },
  ],
  sources: ['Docker 20.10.24: dockerd(8)', 'Docker: manual, Configure logging drivers'],
};
