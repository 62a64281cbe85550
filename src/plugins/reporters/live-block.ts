/** A few lines at the bottom of a terminal that are drawn again in place, with lasting lines scrolling away above. */
import type { Output } from "../../domain/contracts/reporter.ts";
import { cutTo } from "../../lib/text-width.ts";

export type LiveBlock = {
  /** Replaces the block, in one write; `lasting` scrolls away above it. Lines are cut to the terminal, then painted. */
  readonly draw: (lines: readonly LiveLine[], lasting?: string) => void;
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
    draw: (lines, lasting) => {
      const width = Math.max(NARROWEST, (err.columns() ?? 80) - 1);
      const above = lasting === undefined ? "" : `${height === 0 ? "" : CLEAR_BELOW}${lasting}\n`;
      const body = lines.map((line) => `${line.paint(cutTo(line.text, width))}${CLEAR_TO_LINE_END}\n`).join("");
      const hide = isCursorHidden ? "" : HIDE_CURSOR;
      const rest = above === "" && lines.length < height ? CLEAR_BELOW : "";
      err.write(`${hide}${BEGIN_FRAME}${home()}${above}${body}${rest}${END_FRAME}`);
      isCursorHidden = true;
      height = lines.length;
    },
    end: () => {
      if (height > 0) err.write(`${home()}${CLEAR_BELOW}`);
      if (isCursorHidden) err.write(SHOW_CURSOR);
      height = 0;
      isCursorHidden = false;
    },
  };
};
