/** What the operator sees while the service starts, runs and stops. Progress goes to stderr; stdout has the one result. */

import { styleText } from 'node:util';

export interface Reporter {
  /** A long step begins; its name is shown until it is done. */
  step(text: string): void;
  /** More about the step that runs. */
  detail(text: string): void;
  /** The running step is done. */
  done(text?: string): void;
  /** A line that stays. */
  note(text: string): void;
}

/** Calm lines: a mark, a sentence, the time a step took. On a terminal the running step is redrawn in place. */
export function createReporter(out: NodeJS.WriteStream): Reporter {
  const live = out.isTTY === true;
  let current = '';
  let startedAt = 0;
  const clear = (): void => {
    if (live && current) out.write('\r\x1b[2K');
  };
  const draw = (detail = ''): void => {
    if (live && current)
      out.write(
        `\r\x1b[2K${styleText('cyan', '…', { stream: out })} ${current}${detail ? styleText('dim', ` · ${detail}`, { stream: out }) : ''}`,
      );
  };
  return {
    step(text) {
      current = text;
      startedAt = performance.now();
      draw();
    },
    detail: (text) => draw(text),
    done(text = current) {
      clear();
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      out.write(
        `${styleText('green', '✓', { stream: out })} ${text} ${styleText('dim', `${seconds} s`, { stream: out })}\n`,
      );
      current = '';
    },
    note(text) {
      clear();
      out.write(`${text}\n`);
      draw();
    },
  };
}
