/** `eq ne lt le gt ge`: two values in, the answer or what keeps them from being compared out. */
import { kindName, type Value, wordsOf } from "./value.ts";

export const compare = (name: string, a: Value, b: Value): boolean | string => {
  const left = comparable(a);
  const right = comparable(b);
  if (left === undefined) return `${kindName(a)} cannot be compared`;
  if (right === undefined) return `${kindName(b)} cannot be compared`;
  // null equals null only; everything else is compared with its own kind, or a typing slip would pass as false.
  const isEquality = name === "eq" || name === "ne";
  if (isEquality && (left === null || right === null)) return (left === right) === (name === "eq");
  if (typeof left !== typeof right) return `${kindName(a)} is compared with ${kindName(b)}`;
  if (isEquality) return (left === right) === (name === "eq");
  if (left === null || right === null || typeof left === "boolean" || typeof right === "boolean")
    return `${kindName(a)} and ${kindName(b)} have no order`;
  const order = left < right ? -1 : left > right ? 1 : 0;
  return { lt: order < 0, le: order <= 0, gt: order > 0, ge: order >= 0 }[name] ?? `${name} compares nothing`;
};

const comparable = (value: Value): string | number | boolean | null | undefined => {
  if (value.kind === "plain") return value.value;
  return value.kind === "text" ? wordsOf(value) : undefined;
};
