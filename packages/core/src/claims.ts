/**
 * The claims a no-logs audit decides, and the questions that published audits answer with them. Every check, finding and report cites
 * these ids. The wording is part of what is promised: change it only together with what is checked.
 */

/** Claim: its sentence, and the questions it answers. */
export const CLAIMS = {
  'CL-01': {
    text: 'No process, rule or kernel object on a VPN server records user activity.',
    answers: ['P1', 'C1'],
  },
  'CL-02': { text: 'DNS queries are not recorded; the cache is in memory only.', answers: ['P2', 'C2'] },
  'CL-03': { text: 'DNS upstream learns the minimum.', answers: ['P2'] },
  'CL-04': {
    text: 'Connection metadata (source address, times, volumes) is not stored; the only state is the declared inventory.',
    answers: ['P2', 'P10', 'C2'],
  },
  'CL-05': { text: 'Traffic is not inspected, copied or proxied.', answers: ['P3', 'C3'] },
  'CL-06': { text: 'Visited services are not monitored per user.', answers: ['P4', 'C4'] },
  'CL-07': { text: 'Visited services are not monitored per server, not even in aggregate.', answers: ['P5', 'C4'] },
  'CL-08': {
    text: 'Which user is on which server at what time is recorded neither on servers nor in the control plane.',
    answers: ['P10'],
  },
  'CL-09': { text: 'All servers, regions and tiers run the same policy.', answers: ['P6', 'C5'] },
  'CL-10': { text: 'Every configuration has logging off, as effective at run time.', answers: ['P9', 'C6'] },
  'CL-11': { text: 'An unauthorized change is detected and raises an alarm.', answers: ['P7'] },
  'CL-12': { text: 'An authorized change needs two people.', answers: ['P8'] },
  'CL-13': { text: 'What runs is what was approved and published.', answers: ['P7', 'P8'] },
  'CL-14': {
    text: 'Nothing leaves a server but client traffic and traffic to declared peers.',
    answers: ['P1', 'P3'],
  },
  'CL-15': {
    text: 'Seizing a running server (memory and disks) yields no history.',
    answers: ['P1', 'P2', 'P3', 'P4', 'P5', 'C1'],
  },
  'CL-16': { text: 'A server belongs to one customer.', answers: [] },
  'CL-17': { text: 'Stored account data is the declared list of fields and nothing else.', answers: [] },
  'CL-18': {
    text: 'Closing an account deletes its data within the stated days, backups included.',
    answers: [],
  },
  'CL-19': { text: 'The auditing system itself records no user activity.', answers: [] },
} as const;

export type ClaimId = keyof typeof CLAIMS;
export const CLAIM_IDS = Object.keys(CLAIMS) as ClaimId[];

/** P1 to P10: a yearly infrastructure audit of a large provider. C1 to C6: the key areas of a server audit of a small one. */
export const AUDIT_QUESTIONS = {
  P1: 'Is user activity tracked on the servers that pass the traffic?',
  P2: 'Is metadata about activity logged, such as DNS traffic?',
  P3: 'Is network traffic inspected or logged?',
  P4: 'Is it monitored which services a user connects to?',
  P5: 'Is it monitored which services are used through a specific server?',
  P6: 'Is the policy the same for all servers, regions and subscription tiers?',
  P7: 'Is an unauthorized configuration change detected, with an automatic alarm?',
  P8: 'Are authorized changes to log-related configuration reviewed and approved by another person?',
  P9: 'Does any VPN configuration file have logging enabled?',
  P10: 'Is it logged which server a user is connected to at a given time, or which users a server has?',
  C1: 'Activity tracking',
  C2: 'Metadata logging (DNS)',
  C3: 'Traffic inspection',
  C4: 'Service monitoring',
  C5: 'Policy uniformity',
  C6: 'Configuration files',
} as const;

export type QuestionId = keyof typeof AUDIT_QUESTIONS;
export const QUESTION_IDS = Object.keys(AUDIT_QUESTIONS) as QuestionId[];
