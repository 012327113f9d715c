import type { Program } from '../program.ts';

/**
 * Our own programs, recognised by where they lie. They have no setting that makes them record. That they are the published ones is for
 * CL-13 to decide, not for their name.
 */
const own = (id: string, name: string, role: Program['role'], argv: string, byDefault: string): Program => ({
  id,
  name,
  role,
  recognise: { names: ['agent.js', 'filter.js', 'main.ts', 'node'], argv },
  byDefault,
  traps: [
    'A program of another origin at the same place looks the same here; `lethe verify` compares what runs with what was published.',
  ],
  sources: ['this repository: docs/what-we-hold.md, spec/stored-fields.json'],
});

export const LETHE: readonly Program[] = [
  own(
    'lethe-agent',
    'Lethe agent',
    'vpn',
    '/opt/lethe/agent\\.js',
    'Keeps the list of devices in memory and records nothing.',
  ),
  own(
    'lethe-filter',
    'Lethe filter',
    'dns',
    '/opt/lethe/filter\\.js',
    'Counts blocked lookups in one coarse total in memory and records nothing.',
  ),
  own(
    'lethe-host',
    'Lethe host',
    'neutral',
    'packages/host/src/main\\.ts',
    'Keeps sealed records of servers, none of their users’ activity.',
  ),
  own(
    'lethe-control',
    'Lethe control plane',
    'neutral',
    'packages/control/src/main\\.ts',
    'Stores the declared fields; keeps no request log.',
  ),
  own('lethe-up', 'Lethe service', 'neutral', 'packages/cli/src/main\\.ts up', 'Starts the others.'),
];
