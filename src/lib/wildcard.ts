/** Patterns with `*`, `?` and `[…]`, as shells write them, made into predicates over texts. */

const SPECIAL = /[*?[\]]/;

const hasWildcard = (pattern: string): boolean => SPECIAL.test(pattern);

/** `*` crosses everything. */
export const nameMatcher = (pattern: string): ((name: string) => boolean) => {
  if (!hasWildcard(pattern)) return (name) => name === pattern;
  const expression = new RegExp(`^${expressionOf(pattern, ".*", ".")}$`, "su");
  return (name) => expression.test(name);
};

/** Over paths with forward slashes: `*` stays within a folder, `**` crosses folders. */
export const pathMatcher = (pattern: string): ((path: string) => boolean) => {
  const folders = pattern.split("/").map((part) => (part === "**" ? undefined : expressionOf(part, "[^/]*", "[^/]")));
  const source = folders
    .map((part, i) => {
      const isLast = i === folders.length - 1;
      if (part === undefined) return isLast ? ".*" : "(?:[^/]+/)*";
      return isLast ? part : `${part}/`;
    })
    .join("");
  const expression = new RegExp(`^${source}$`, "su");
  return (path) => expression.test(path);
};

const expressionOf = (pattern: string, many: string, one: string): string => {
  let source = "";
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i);
    const close = c === "[" ? pattern.indexOf("]", i + 2) : -1;
    if (c === "*") source += many;
    else if (c === "?") source += one;
    else if (close !== -1) {
      const members = pattern.slice(i + 1, close);
      const isNegated = members.startsWith("!") || members.startsWith("^");
      source += `[${isNegated ? "^" : ""}${(isNegated ? members.slice(1) : members).replace(/[\\\][^&]/g, "\\$&")}]`;
      i = close;
    } else source += c.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  }
  return source;
};
