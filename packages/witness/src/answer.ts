/** What a witness answers (C2SP tlog-witness v1.0.0). The texts are fixed: nothing of a request comes back. */

import { formatSignatureLine, type NoteSignature } from '@lethe/tlog';

export interface Answer {
  status: 200 | 400 | 403 | 404 | 405 | 409 | 422 | 503;
  /** Content-Type. */
  type: string;
  body: string | Uint8Array;
}

/** Content-Type of a note's lines and of refusals. */
const TEXT = 'text/plain; charset=utf-8';

/** Content-Type of an answer that is a tree's size. */
export const SIZE_TYPE = 'text/x.tlog.size';

const text = (status: Answer['status'], body: string): Answer => ({ status, type: TEXT, body: `${body}\n` });

export const signed = (line: NoteSignature): Answer => text(200, formatSignatureLine(line));
export const note = (bytes: Uint8Array): Answer => ({ status: 200, type: TEXT, body: bytes });

/** The size that was cosigned last. */
export const conflict = (size: number): Answer => ({ status: 409, type: SIZE_TYPE, body: `${size}\n` });

export const REFUSED = {
  malformed: text(400, 'The body is not a request to add a checkpoint.'),
  tooLong: text(400, 'The body or the checkpoint is too long.'),
  shrinks: text(400, 'The old size is larger than the size of the checkpoint.'),
  notSigned: text(403, 'The checkpoint is not signed by a key of this log, or a signature by one is not valid.'),
  unknownLog: text(404, 'This log is not known here.'),
  notFound: text(404, 'There is nothing at this address.'),
  method: text(405, 'The method is not right for this address.'),
  inconsistent: text(422, 'The checkpoint is not shown to continue the one that was cosigned last.'),
  clock: text(503, 'The clock of this witness went back. Nothing was signed.'),
  ending: text(503, 'This witness is ending. Nothing was signed.'),
  storage: text(503, 'This witness cannot remember the checkpoint now. No signature was given out.'),
} as const;
