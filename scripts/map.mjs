/**
 * The picture of rooms in ARCHITECTURE.md, drawn from the imports themselves: an arrow is an import, of a type too.
 * `npm run map` writes it; with --check it only says whether the one that stands there is out of date.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const PAGE = "ARCHITECTURE.md";
const BETWEEN = /(?<=<!-- map -->\n)[\s\S]*?(?=<!-- end -->)/;

const arguments_ = [
  "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
  "src",
  "--config=.dependency-cruiser.cjs",
  "--include-only=^src/.+/",
  "--collapse=^src/[^/]+",
  "--output-type=mermaid",
];
const drawing = execFileSync(process.execPath, arguments_, { encoding: "utf8" });
const page = readFileSync(PAGE, "utf8");
const wanted = page.replace(BETWEEN, `\n\`\`\`mermaid\n${drawing.trim()}\n\`\`\`\n\n`);

if (!BETWEEN.test(page)) {
  console.error(`${PAGE} has no place for the map: <!-- map --> … <!-- end -->`);
  process.exitCode = 1;
} else if (!process.argv.includes("--check")) writeFileSync(PAGE, wanted);
else if (page !== wanted) {
  console.error(`the map in ${PAGE} is out of date: npm run map`);
  process.exitCode = 1;
}
