/** `{{fail "why"}}`: a macro that cannot do what it is asked for says so, at the place of its call. */
import { errorOf } from "../domain/diagnostic.ts";
import { type HelperCall, words } from "./helper.ts";
import { report } from "./run.ts";

export const FAIL = '{{fail "rows is a number from 1 on"}}';

export const fail = (h: HelperCall): undefined => {
  const message = words(h, 0, FAIL);
  if (message === undefined) return undefined;
  const [call = h.call.span, ...outer] = h.frame.calledFrom;
  return report(h.run, { ...h.frame, calledFrom: outer }, errorOf("template/refused", message, { at: call }));
};
