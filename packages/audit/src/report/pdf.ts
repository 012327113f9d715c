/**
 * The report as PDF, for people: tagged (PDF/UA-1), and the same bytes for the same report. Typst sets it; the template is ours, and what
 * came from a target goes in as data.
 */

import { readFileSync } from 'node:fs';
import { LetheError } from '@lethe/core';
import type { AuditReport } from '../verdict/judge.ts';
import { pdfData } from './pdf-data.ts';

/** `digest` is the SHA-256 of the facts, in hex. Throws `missing_tool` where the compiler has no program for this machine. */
export async function reportPdf(report: AuditReport, digest: string): Promise<Uint8Array> {
  const { NodeCompiler } = await loadTypst();
  // A workspace that does not exist: the template reads no file, and could not.
  const typst = NodeCompiler.create({ workspace: '/nonexistent' });
  try {
    const made = typst.compile({
      mainFileContent: readFileSync(new URL('report.typ', import.meta.url), 'utf8'),
      inputs: { report: JSON.stringify(pdfData(report, digest)) },
    });
    if (made.result === null) {
      const why = made.takeError()?.shortDiagnostics.map(({ message }) => message);
      throw new Error(`The PDF could not be set: ${why?.join('; ')}`);
    }
    return typst.pdf(made.result, { pdfStandard: 'ua-1', creationTimestamp: seconds(report.collected) });
  } finally {
    // What it remembers is kept for the whole process otherwise.
    typst.evictCache(0);
  }
}

/** Loaded when a PDF is asked for: it takes 50 MB, and nothing else needs it. */
async function loadTypst(): Promise<typeof import('@myriaddreamin/typst-ts-node-compiler')> {
  try {
    return await import('@myriaddreamin/typst-ts-node-compiler');
  } catch (error) {
    throw new LetheError(
      'missing_tool',
      'The PDF compiler has no program for this machine. Use --html and print it. No PDF was written.',
      { cause: error },
    );
  }
}

/** When the target was read, not when the PDF was made: so the same report gives the same bytes. */
const seconds = (collected: string): number => Math.floor((Date.parse(collected) || 0) / 1000);
