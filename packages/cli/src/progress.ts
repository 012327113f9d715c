/** Progress of slow steps on stderr: a spinner on a terminal, plain lines elsewhere, nothing with `--json`. */

import { styleText } from 'node:util';

export interface Progress {
  /** Ends the step before, if there is one, and begins another. */
  step(text: string): void;
  /** Ends the last step well. */
  end(): void;
  /** Ends the last step as failed. */
  fail(): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const silent: Progress = { step() {}, end() {}, fail() {} };

export function createProgress(json: boolean): Progress {
  if (json) return silent;
  return process.stderr.isTTY ? spinner(process.stderr) : lines(process.stderr);
}

function lines(out: NodeJS.WritableStream): Progress {
  return { ...silent, step: (text) => out.write(`${text} …\n`) };
}

function spinner(out: NodeJS.WriteStream): Progress {
  let current: string | null = null;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = (mark: string) => out.write(`\r\x1b[K${mark} ${current}`);
  const close = (mark: string) => {
    clearInterval(timer);
    if (current !== null) {
      draw(mark);
      out.write('\n');
    }
    current = null;
  };
  const good = () => close(styleText('green', '✓', { stream: out }));
  return {
    step(text) {
      good();
      current = text;
      const turn = () => {
        frame = (frame + 1) % FRAMES.length;
        draw(styleText('cyan', FRAMES[frame]!, { stream: out }));
      };
      turn();
      timer = setInterval(turn, 100);
      timer.unref();
    },
    end: good,
    fail: () => close(styleText('red', '✗', { stream: out })),
  };
}
