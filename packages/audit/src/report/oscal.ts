/**
 * The report as OSCAL assessment results 1.1.3, for tools that gather evidence.
 *
 * OSCAL knows `satisfied` and `not-satisfied` only. So a claim that was not tested, or is out of scope, is an observation with the verdict
 * as a property in our namespace, and never a finding: no reader can take it for a pass.
 *
 * Tests hold it against a schema written by hand, of the parts that are written here, after NIST's definitions as release 1.2.0 has them. The
 * official schema itself is a release artifact and could not be had as a file when this was made: nothing here was validated against it.
 */

import { createHash } from 'node:crypto';
import { CLAIMS } from '@lethe/core';
import type { AuditReport, CheckResult, ClaimResult } from '../verdict/judge.ts';
import { clean } from './text.ts';
import { INDEPENDENCE, PROFILE_LIMITS, VERDICT_WORDS } from './words.ts';

/** Of our properties. A name, not an address: nothing is fetched. */
export const OSCAL_NAMESPACE = 'urn:lethe:oscal:audit';

/** Made once at random; names made in it are version 5. */
const UUID_NAMESPACE = Buffer.from('6b0d3f4e2a5c4e7f9b1a8c2d7e3f5a90', 'hex');

type Uuid = (id: string) => string;

/**
 * `digest` is the SHA-256 of the facts, in hex. The same report gives the same bytes: every UUID is made of digest, profile and id, that
 * of the document of its whole content, since a changed document has to have another.
 */
export function oscalOf(report: AuditReport, digest: string): object {
  const uuid: Uuid = (id) => uuidFive(`${digest}/${report.profile}/${id}`);
  const { profile, target } = report;
  const when = instant(report.collected);
  return {
    'assessment-results': {
      uuid: uuid(`document/${JSON.stringify(report)}`),
      metadata: {
        title: `Audit of ${line(target.name)}`,
        'last-modified': when,
        version: '1',
        'oscal-version': '1.1.3',
        props: [prop('format', report.format), prop('profile', profile), prop('facts-sha-256', digest)],
        remarks: INDEPENDENCE,
      },
      'import-ap': { href: `#${uuid('plan')}` },
      results: [
        {
          uuid: uuid('result'),
          title: `Audit of ${line(target.name)}, profile ${profile}`,
          description: `${PROFILE_LIMITS[profile] ?? ''} ${INDEPENDENCE}`.trim(),
          start: when,
          end: when,
          props: [prop('positive-control', report.positiveControl ? 'found' : 'not-found')],
          'local-definitions': { 'inventory-items': [server(report, uuid)] },
          'reviewed-controls': reviewed(report),
          observations: [
            controlObservation(report, uuid),
            ...report.checks.map((check) => checkObservation(check, report, uuid)),
            ...report.claims.filter(undecided).map((claim) => claimObservation(claim, report, uuid)),
          ],
          ...someOf(
            'findings',
            report.claims.filter(decided).map((claim) => finding(claim, report, uuid)),
          ),
        },
      ],
      'back-matter': {
        resources: [
          {
            uuid: uuid('plan'),
            title: `The ${profile} profile of lethe audit`,
            description:
              `What is examined is fixed by the program: ${report.checks.length} checks. ${PROFILE_LIMITS[profile] ?? ''}`.trim(),
          },
          {
            uuid: uuid('facts'),
            title: 'Facts',
            description:
              'The answers of the target. Anybody who has the file can judge it again: lethe audit --from FILE.',
            props: [prop('sha-256', digest)],
          },
        ],
      },
    },
  };
}

const decided = ({ verdict }: ClaimResult): boolean => verdict === 'confirmed' || verdict === 'not-confirmed';
const undecided = (claim: ClaimResult): boolean => !decided(claim);

function server({ target }: AuditReport, uuid: Uuid): object {
  return {
    uuid: uuid('target'),
    description: line(target.name),
    props: [
      prop('kind-of-target', target.kind),
      ...(target.system
        ? [
            prop('os', target.system.os),
            prop('kernel', target.system.kernel),
            prop('root', target.system.root ? 'yes' : 'no'),
          ]
        : []),
    ],
  };
}

/** Only claims that the profile decides, or that something was found against. The rest is named as left out. */
function reviewed({ claims }: AuditReport): object {
  const ids = (of: ClaimResult[]): object[] => of.map(({ id }) => ({ 'control-id': id }));
  return {
    description: 'Claims of a no-logs service. Their ids and sentences are those of Lethe.',
    'control-selections': [
      {
        ...someOf('include-controls', ids(claims.filter(({ verdict }) => verdict !== null))),
        ...someOf('exclude-controls', ids(claims.filter(({ verdict }) => verdict === null))),
      },
    ],
  };
}

/** A run that cannot find a planted recorder says nothing about others: this comes first. */
function controlObservation({ positiveControl, collected }: AuditReport, uuid: Uuid): object {
  return {
    uuid: uuid('observation/positive-control'),
    title: 'Positive control',
    description: positiveControl
      ? 'A recorder was planted and was found.'
      : 'The planted recorder was not found. This run cannot find a recorder, so nothing in it counts.',
    props: [prop('outcome', positiveControl ? 'passed' : 'not-tested')],
    methods: ['TEST'],
    types: ['control-objective'],
    subjects: [subject(uuid)],
    collected: instant(collected),
  };
}

function checkObservation(check: CheckResult, { collected }: AuditReport, uuid: Uuid): object {
  return {
    uuid: uuid(`observation/check/${check.id}`),
    title: `Check ${check.id}`,
    description: [check.outcome === 'passed' ? check.pass : check.why, ...check.open.map(markup)].join('\n\n'),
    props: [prop('outcome', check.outcome), ...check.claims.map((claim) => prop('claim', claim))],
    methods: ['EXAMINE'],
    types: [check.outcome === 'contrary' ? 'finding' : 'control-objective'],
    subjects: [subject(uuid)],
    ...someOf(
      'relevant-evidence',
      check.contrary.map(({ title, where, claims, mend }) => ({
        description: `${markup(title)}\n\n${markup(where)}`,
        props: claims.map((claim) => prop('claim', claim)),
        remarks: `To mend it: ${markup(mend)}`,
      })),
    ),
    collected: instant(collected),
  };
}

/** A claim without a yes or no. */
function claimObservation(claim: ClaimResult, { collected }: AuditReport, uuid: Uuid): object {
  return {
    uuid: uuid(`observation/claim/${claim.id}`),
    title: `${claim.id}: ${VERDICT_WORDS[claim.verdict ?? 'none']}`,
    description: [claim.text, ...claim.reasons.map(markup)].join('\n\n'),
    props: claimProps(claim),
    methods: ['EXAMINE'],
    types: ['control-objective'],
    subjects: [subject(uuid)],
    collected: instant(collected),
  };
}

/** Carries every observation that the verdict rests on. */
function finding(claim: ClaimResult, { checks }: AuditReport, uuid: Uuid): object {
  const satisfied = claim.verdict === 'confirmed';
  const basis = checks.filter(
    ({ id, contrary }) => claim.checks.includes(id) || contrary.some(({ claims }) => claims.includes(claim.id)),
  );
  return {
    uuid: uuid(`finding/${claim.id}`),
    title: `${claim.id}: ${VERDICT_WORDS[claim.verdict ?? 'none']}`,
    description: [claim.text, ...claim.contrary.map(markup)].join('\n\n'),
    props: claimProps(claim),
    target: {
      type: 'objective-id',
      'target-id': claim.id,
      title: claim.text,
      status: { state: satisfied ? 'satisfied' : 'not-satisfied', reason: satisfied ? 'pass' : 'fail' },
    },
    'related-observations': [
      { 'observation-uuid': uuid('observation/positive-control') },
      ...basis.map(({ id }) => ({ 'observation-uuid': uuid(`observation/check/${id}`) })),
    ],
  };
}

const claimProps = ({ id, verdict }: ClaimResult): object[] => [
  prop('claim', id),
  prop('verdict', verdict ?? 'out-of-scope'),
  ...CLAIMS[id].answers.map((question) => prop('question', question)),
];

const subject = (uuid: Uuid): object => ({ 'subject-uuid': uuid('target'), type: 'inventory-item' });

/** A value is one line without space around it, and never empty. */
const prop = (name: string, value: string): object => ({
  name,
  ns: OSCAL_NAMESPACE,
  value: clean(value).trim() || 'none',
});

/** Lists of OSCAL may be missing, but never empty. */
const someOf = (name: string, items: readonly object[]): object => (items.length === 0 ? {} : { [name]: items });

/** Text of OSCAL is Markdown: what the target said must not become a link, a tag or an inserted parameter. */
const markup = (text: string): string => clean(text).replace(/[\\`*_{}[\]<>&#|~!$]/g, '\\$&');

const line = (text: string): string => markup(text).trim() || 'none';

/** A time that cannot be read, from a file made by hand, is shown as the first there is. */
const instant = (text: string): string => new Date(Date.parse(text) || 0).toISOString();

function uuidFive(name: string): string {
  const bytes = createHash('sha1').update(UUID_NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
