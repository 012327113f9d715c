import { RECORDER_PATTERNS } from '../collect/recorders.ts';
import type { AutostartLine } from '../facts/facts.ts';
import { inlineScriptOf } from '../knowledge/recognise.ts';
import { type Contrary, check, nothing, processName } from './check.ts';

/** More of a command is not judged: patterns cost time. */
const MAX_TEXT = 4096;

export const recorderCommand = check({
  id: 'recorder-command',
  claims: ['CL-01', 'CL-04', 'CL-08'],
  pass: 'No script, timer or hook asks who is connected or where to.',
  why: 'A line in a timer is the easiest way to keep who was connected when, and it runs only for a moment.',
  needs: ['processes', 'autostart', 'scripts'],
  judge({ processes, autostart, scripts }) {
    const outcome = nothing();
    for (const line of autostart) outcome.contrary.push(...matching(line.text, place(line), 'started by itself'));
    for (const line of scripts) outcome.contrary.push(...matching(line.text, place(line), 'a script that runs'));
    for (const process of processes) {
      const inline = inlineScriptOf(process);
      if (inline !== null && inline.length > MAX_TEXT) {
        outcome.open.push(`${processName(process)} runs a script from its command line that is too long to judge.`);
      }
      if (inline !== null) outcome.contrary.push(...matching(inline, processName(process), 'on a command line'));
    }
    return outcome;
  },
});

const place = ({ file, line }: AutostartLine): string => `${file.replace(/^\/proc\/\d+\/root/, '')}:${line}`;

function matching(text: string, where: string, kind: string): Contrary[] {
  if (/^\s*#/.test(text)) return [];
  const judged = text.slice(0, MAX_TEXT);
  return RECORDER_PATTERNS.filter(({ pattern }) => new RegExp(pattern).test(judged)).map(({ records, claims, id }) => ({
    title: `A command, ${kind}, ${records} (${id})`,
    where,
    claims,
    mend: 'Remove the command and what it has written.',
  }));
}
