import type { Program } from '../program.ts';

export const nsd: Program = {
  id: 'nsd',
  name: 'NSD',
  role: 'dns',
  recognise: { names: ['nsd'] },
  byDefault: 'It serves zones of its own, and logs errors and refused transfers; requests are not logged.',
  traps: ['`nsd-control verbosity` changes the running server and leaves nothing on disk.'],
  config: {
    syntax: 'unbound',
    option: ['-c'],
    paths: ['/etc/nsd/nsd.conf', '/usr/local/etc/nsd/nsd.conf'],
    include: ['include'],
  },
  settings: [
    {
      key: 'server.verbosity',
      absent: '0',
      silent: '0|1|2',
      option: ['-V'],
      records: 'logs details of requests',
      claims: ['CL-02'],
      mend: 'Set `verbosity: 0` and restart NSD.',
    },
    {
      key: 'server.statistics',
      absent: '0',
      silent: '0|',
      option: ['-s'],
      records: 'writes counts of requests into the log at every interval',
      claims: ['CL-07'],
      mend: 'Remove `statistics`.',
    },
    {
      key: 'dnstap.dnstap-enable',
      absent: 'no',
      silent: 'no',
      records: 'sends copies of DNS messages to a dnstap receiver',
      claims: ['CL-02', 'CL-06'],
      mend: 'Set `dnstap-enable: no` and restart NSD.',
    },
  ],
  sources: ['NSD 4.6: nsd.conf(5), nsd(8)'],
};
