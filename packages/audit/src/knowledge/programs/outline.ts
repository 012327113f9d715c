import type { Program } from '../program.ts';

export const outline: Program = {
  id: 'outline',
  name: 'Outline',
  role: 'proxy',
  recognise: { names: ['outline-ss-server'] },
  byDefault: 'Connections are not logged; with a metrics port, bytes and connections of every access key are counted.',
  traps: [
    'Turning metrics sharing off in the manager stops only the sharing; the counting goes on.',
    'The Outline container always runs a Prometheus that keeps the counters for 31 days.',
    'Country and network databases add the origin of clients to the counters.',
  ],
  settings: [
    {
      key: 'metrics',
      absent: null,
      silent: '',
      option: ['-metrics', '--metrics'],
      records: 'counts connections and bytes of every access key for whoever reads its metrics',
      claims: ['CL-04', 'CL-08'],
      mend: 'Run outline-ss-server by itself, without `-metrics`.',
    },
    {
      key: 'ip-country-db',
      absent: null,
      silent: '',
      option: ['-ip_country_db', '--ip_country_db', '-ip_asn_db', '--ip_asn_db'],
      records: 'counts clients by country or network',
      claims: ['CL-04'],
      mend: 'Remove `-ip_country_db` and `-ip_asn_db`.',
    },
    {
      key: 'verbose',
      absent: 'no',
      silent: 'no|false',
      option: ['-verbose', '--verbose'],
      records: 'logs every connection with addresses',
      claims: ['CL-04', 'CL-06'],
      mend: 'Remove `-verbose`.',
    },
  ],
  sources: ['outline-ss-server: cmd/outline-ss-server/main.go, service/tcp.go'],
};

/** The time series database inside the Outline container. */
export const outlinePrometheus: Program = {
  id: 'outline-prometheus',
  name: 'Prometheus of Outline',
  role: 'monitor',
  recognise: { names: ['prometheus'], argv: 'shadowbox|outline' },
  byDefault: 'Bytes and connections of every access key are kept on disk for 31 days.',
  traps: ['No setting of the manager turns it off.'],
  always: {
    records: 'stores the volume of every access key over time',
    claims: ['CL-04', 'CL-08'],
    mend: 'Run outline-ss-server without the container and its Prometheus, and delete the stored data.',
  },
  sources: ['outline-server: src/shadowbox/server/main.ts'],
};
