/**
 * What a change would change, from the two documents alone: every field that differs is in it, so that what is not shown is as before.
 */

import type { Release, TrustRoot } from '@lethe/verify';
import { diffLines, type LineOfDiff, linesOf, withContext } from './lines.ts';
import { couldTouchLogging } from './marks.ts';

/** A line to show; `marked` if it could touch logging or capturing, or who decides about that. */
export interface ShownLine extends LineOfDiff {
  marked: boolean;
}

/** What differs in one part of a document. */
export interface Section {
  title: string;
  lines: ShownLine[];
}

/** Which lines of a section are marked. */
type Rule = (line: LineOfDiff) => boolean;

const always: Rule = () => true;
const byPattern: Rule = ({ text }) => couldTouchLogging(text);
/** What is new may do anything; what goes away is judged by its words. */
const newOnes: Rule = (line) => line.sign === '+' || byPattern(line);
/** The settings of a release are its silence: one that goes away or changes is looked at, and a new one by its words. */
const oldOnes: Rule = (line) => line.sign === '-' || byPattern(line);

/** Sections in the order of the document; none for what is the same. A release before nothing adds everything. */
export function releaseDifference(before: Release | undefined, after: Release): Section[] {
  return [
    ...values('Image', before?.image, after.image, always),
    ...section('Regions', before?.scope ?? [], after.scope, always),
    ...values('Claims and bounds', before?.policyVersion, after.policyVersion, always),
    ...section('Programs', before?.processes ?? [], after.processes, newOnes),
    ...section('Leaves a server', before?.egress ?? [], after.egress, newOnes),
    ...section('Settings of the kernel', settings(before), settings(after), changedSettings(before, after)),
    ...files(before, after),
  ];
}

const settings = (release: Release | undefined): string[] =>
  (release?.sysctls ?? []).map(({ name, value }) => `${name} = ${value}`);

/** Both lines of a setting that changed are marked. */
function changedSettings(before: Release | undefined, after: Release): Rule {
  const old = new Map((before?.sysctls ?? []).map(({ name, value }) => [name, value]));
  const changed = new Set(
    after.sysctls
      .filter(({ name, value }) => old.has(name) && old.get(name) !== value)
      .map(({ name, value }) => `${name} = ${value}`),
  );
  return (line) => oldOnes(line) || changed.has(line.text);
}

function files(before: Release | undefined, after: Release): Section[] {
  const old = new Map((before?.files ?? []).map(({ path, text }) => [path, text]));
  const fresh = new Map(after.files.map(({ path, text }) => [path, text]));
  const paths = [...new Set([...old.keys(), ...fresh.keys()])];
  // The order in which files stand is part of the document, and a file that comes or goes is marked whatever is in it.
  const named = section('Files', [...old.keys()], [...fresh.keys()], always);
  const texts = paths.flatMap((path) =>
    section(path, linesOf(old.get(path) ?? ''), linesOf(fresh.get(path) ?? ''), byPattern),
  );
  return [...named, ...texts];
}

/** Everything about who may decide is marked, except for how long. */
export function rootDifference(before: TrustRoot | undefined, after: TrustRoot): Section[] {
  return [
    ...values('Mode', before?.mode, after.mode, always),
    ...section('Persons', persons(before), persons(after), always),
    ...section('How many must sign', thresholds(before), thresholds(after), always),
    ...values('Oldest proof, seconds', before?.maxAgeS, after.maxAgeS, always),
    ...section('Logs and witnesses', linesOf(before?.policy ?? ''), linesOf(after.policy), always),
  ];
}

const persons = (root: TrustRoot | undefined): string[] =>
  (root?.persons ?? []).flatMap(({ id, keys, roles }) =>
    keys.map((key) => `${id}, key ${key}, may sign: ${roles.join(' ')}`),
  );

const thresholds = (root: TrustRoot | undefined): string[] =>
  Object.entries(root?.thresholds ?? {})
    .toSorted()
    .map(([role, count]) => `${role}: ${count}`);

function values(title: string, before: string | number | undefined, after: string | number, rule: Rule): Section[] {
  return section(title, before === undefined ? [] : [String(before)], [String(after)], rule);
}

/** Items in their order, with what differs; nothing if they are the same. */
function section(title: string, before: readonly string[], after: readonly string[], rule: Rule): Section[] {
  const shown = withContext(diffLines(before, after));
  if (shown.length === 0) return [];
  const lines = shown.map((line) => ({ ...line, marked: '+-'.includes(line.sign) && rule(line) }));
  return [{ title, lines }];
}
