/** A few lines at the bottom of a terminal that are drawn again in place, with lasting lines scrolling away above them. */
import type { Output } from "../../domain/contracts/reporter.ts";
import { cutTo } from "../../lib/text-width.ts";

export type LiveBlock = {
  /** Replaces the block; each line is cut to the terminal, before it is painted. */
  readonly draw: (lines: readonly LiveLine[]) => void;
  /** Text that stays, above the block; the block comes back with the next `draw`. */
  readonly print: (text: string) => void;
  /** Takes the block away and gives the cursor back. May be called twice. */
  readonly end: () => void;
};

export type LiveLine = { readonly text: string; readonly paint: (text: string) => string };

const ESCAPE = "\u001b[";
const HIDE_CURSOR = `${ESCAPE}?25l`;
const SHOW_CURSOR = `${ESCAPE}?25h`;
/** A terminal that knows these shows everything in between at once; others pass over them. */
const BEGIN_FRAME = `${ESCAPE}?2026h`;
const END_FRAME = `${ESCAPE}?2026l`;
const CLEAR_TO_LINE_END = `${ESCAPE}K`;
const CLEAR_BELOW = `${ESCAPE}J`;

const NARROWEST = 20;

export const liveBlock = (err: Output): LiveBlock => {
  let height = 0;
  let isCursorHidden = false;
  const home = (): string => (height === 0 ? "" : `${ESCAPE}${height}F`);
  return {
    draw: (lines) => {
      const width = Math.max(NARROWEST, (err.columns() ?? 80) - 1);
      const body = lines.map((line) => `${line.paint(cutTo(line.text, width))}${CLEAR_TO_LINE_END}\n`).join("");
      const hide = isCursorHidden ? "" : HIDE_CURSOR;
      err.write(`${hide}${BEGIN_FRAME}${home()}${body}${lines.length < height ? CLEAR_BELOW : ""}${END_FRAME}`);
      isCursorHidden = true;
      height = lines.length;
    },
    print: (text) => {
      err.write(`${home()}${height === 0 ? "" : CLEAR_BELOW}${text}\n`);
      height = 0;
    },
    end: () => {
      if (height > 0) err.write(`${home()}${CLEAR_BELOW}`);
      if (isCursorHidden) err.write(SHOW_CURSOR);
      height = 0;
      isCursorHidden = false;
    },
  };
};
