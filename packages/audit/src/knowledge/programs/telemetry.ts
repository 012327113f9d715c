import type { Program } from '../program.ts';

const collector = (id: string, name: string, names: string[], source: string): Program => ({
  id,
  name,
  role: 'log',
  recognise: { names },
  byDefault: 'Takes logs, counts or traces of other programs and sends them to another host.',
  traps: ['What it takes may be changed from outside where it is managed centrally.'],
  always: {
    records: 'sends what other programs log to another host',
    claims: ['CL-01', 'CL-04', 'CL-14'],
    mend: 'Stop and remove it.',
  },
  sources: [source],
});

export const TELEMETRY: readonly Program[] = [
  collector(
    'otelcol',
    'OpenTelemetry Collector',
    ['otelcol', 'otelcol-contrib'],
    'OpenTelemetry Collector: configuration',
  ),
  collector('vector', 'Vector', ['vector'], 'Vector: configuration reference'),
  collector('fluent-bit', 'Fluent Bit', ['fluent-bit', 'td-agent-bit'], 'Fluent Bit: manual'),
  collector('fluentd', 'Fluentd', ['fluentd', 'td-agent'], 'Fluentd: manual'),
  collector(
    'filebeat',
    'Beats',
    ['filebeat', 'packetbeat', 'metricbeat', 'auditbeat', 'journalbeat'],
    'Beats 8: reference',
  ),
  collector('promtail', 'Promtail and Alloy', ['promtail', 'alloy', 'grafana-agent', 'loki'], 'Loki: manual'),
  collector(
    'datadog-agent',
    'Datadog agent',
    ['datadog-agent', 'trace-agent', 'process-agent', 'system-probe'],
    'Datadog agent 7: manual',
  ),
  collector('newrelic-infra', 'New Relic agent', ['newrelic-infra', 'newrelic-infra-service'], 'New Relic: manual'),
  collector('sentry', 'Sentry Relay', ['sentry', 'sentry-relay'], 'Sentry Relay: manual'),
  collector('nxlog', 'NXLog', ['nxlog'], 'NXLog: manual'),
  collector(
    'wazuh-agent',
    'Wazuh agent',
    ['wazuh-agentd', 'wazuh-logcollector', 'wazuh-syscheckd', 'ossec-agentd', 'ossec-logcollector'],
    'Wazuh 4: manual',
  ),
  collector('osquery', 'osquery', ['osqueryd'], 'osquery 5: manual'),
  {
    ...collector('datadog-core', 'Datadog agent', [], 'Datadog agent 7: manual'),
    recognise: { names: ['agent'], argv: 'datadog' },
  },
];
