/** Data tests: forty in one scan of five million rows, keys, parents, and two thousand on a thousand tables. */
import { asRatio, figure, inSeconds, interleaved, median, ratioOf } from "./measure.mjs";
import { galley } from "./program.mjs";
import { eventsOf, inOrder } from "./replay.mjs";
import { dropSchemas, withClients } from "./server.mjs";
import {
  makeBig,
  parentTest,
  RAISES,
  RAW,
  ROWS_TEXT,
  rowTests,
  TABLES,
  tableName,
  uniqueTest,
  writeManyTests,
  writeTests,
} from "./test-workload.mjs";

const CONNECTIONS = 4;

export const testFigure = async ({ url, folder, rounds }) => {
  await dropSchemas(url, [RAW]);
  try {
    return await withClients(url, CONNECTIONS, async (clients) => {
      await clients[0].query(`create schema ${RAW}`);
      const run = { url, clients, folder, rounds };
      const many = await onManyTables(run);
      await makeBig(clients[0]);
      return [...(await onRows(run)), ...(await onKeys(run)), ...(await onParents(run)), ...many];
    });
  } finally {
    await dropSchemas(url, [RAW]);
  }
};

/** Writes a project once; answers with a function that tests it, and says how long statements and command took. */
const testing = ({ url, folder }, name, write) => {
  const project = `${folder}/tests-${name}`;
  write(project);
  return async () => {
    const startedAt = performance.now();
    // Failing tests end it with 1 or 3.
    await galley(["test", "--quiet"], { cwd: project, env: { BENCH_URL: url } }).catch(() => undefined);
    const command = (performance.now() - startedAt) / 1000;
    const events = eventsOf(project).filter((e) => e.kind === "test_finished");
    const messages = new Map(events.map((e) => [`${e.statement} ${e.ms}`, e.ms]));
    return {
      command,
      statements: [...messages.values()].reduce((sum, ms) => sum + ms, 0) / 1000,
      count: (status) => events.filter((e) => e.status === status).length,
      events: eventsOf(project),
    };
  };
};

const timed = async (client, sql) => {
  const startedAt = performance.now();
  await client.query(sql);
  return (performance.now() - startedAt) / 1000;
};

const onRows = async (run) => {
  const [client] = run.clients;
  const tests = rowTests();
  const passing = testing(run, "passing", (p) => writeTests(p, tests));
  const failing = testing(run, "failing", (p) => writeTests(p, rowTests(5)));
  const raising = testing(run, "raising", (p) => writeTests(p, [...tests.slice(1), RAISES]));
  const commands = [];
  const seconds = await interleaved(run.rounds, {
    floor: () => timed(client, `select count(*) from ${RAW}.big where ${tests.map((t) => t.predicate).join(" or ")}`),
    fused: async () => {
      const { statements, command, count } = await passing();
      if (count("pass") !== 40) throw new Error("not all of the forty tests passed");
      commands.push(command);
      return statements;
    },
    failing: async () => {
      const { command, count } = await failing();
      if (count("fail") !== 5) throw new Error("not five of the forty tests failed");
      return command;
    },
    raising: async () => {
      const { command, count } = await raising();
      if (count("error") !== 1 || count("pass") !== 39) throw new Error("not 39 of the forty tests were decided");
      return command;
    },
  });
  const startedAt = performance.now();
  for (const { predicate } of tests) await client.query(`select count(*) from ${RAW}.big where ${predicate}`);
  const single = (performance.now() - startedAt) / 1000;
  const own = ratioOf(seconds.fused, seconds.floor);
  const fused = median(seconds.fused);
  const failed = ratioOf(seconds.failing, commands);
  const raised = ratioOf(seconds.raising, commands);
  const command = median(commands);
  return [
    figure(
      `40 row-level tests on ${ROWS_TEXT} rows, none failing: their statement, beside \`count(*) where f1 or … or f40\``,
      inSeconds(fused),
      inSeconds(median(seconds.floor)),
      asRatio(own),
      "≤ 1.10 ×",
      own.median <= 1.1,
    ),
    figure(
      "the same, beside one query for each test, one after the other",
      inSeconds(fused),
      inSeconds(single),
      `${(fused / single).toFixed(2)} ×`,
      "≤ 0.25 ×",
      fused / single <= 0.25,
    ),
    figure(
      "the same, whole command",
      inSeconds(command),
      inSeconds(fused),
      "",
      "≤ statement + 0.4 s",
      command <= fused + 0.4,
    ),
    figure(
      "the same with 5 of them failing, rows shown, beside none failing, whole commands",
      inSeconds(median(seconds.failing)),
      inSeconds(command),
      asRatio(failed),
      "≤ 1.6 ×",
      failed.median <= 1.6,
    ),
    figure(
      "the same with one raising, 39 decided, beside none failing, whole commands",
      inSeconds(median(seconds.raising)),
      inSeconds(command),
      asRatio(raised),
      "≤ 2.5 ×",
      raised.median <= 2.5,
    ),
  ];
};

const onKeys = async (run) => {
  const [client] = run.clients;
  const isNew = Number((await client.query("show server_version_num")).rows[0].server_version_num) >= 180000;
  const limit = isNew ? 0.6 : 0.5;
  const found = [];
  for (const column of ["id", "code"]) {
    const unique = testing(run, `unique-${column}`, (p) => writeTests(p, [uniqueTest(column)]));
    const groups = `select count(*) from (select ${column} from ${RAW}.big where ${column} is not null group by 1 having count(*) > 1) x`;
    const seconds = await interleaved(run.rounds, {
      unique: async () => (await unique()).statements,
      floor: () => timed(client, groups),
    });
    const own = ratioOf(seconds.unique, seconds.floor);
    const what = column === "id" ? "a bigint" : "a text of 32 characters";
    found.push(
      figure(
        `unique on ${what}, ${ROWS_TEXT} rows, no duplicates, beside \`group by … having\``,
        inSeconds(median(seconds.unique)),
        inSeconds(median(seconds.floor)),
        asRatio(own),
        `≤ ${limit} ×`,
        own.median <= limit,
      ),
    );
  }
  return found;
};

const orphans = (column, to) =>
  `select count(*) from ${RAW}.big c where c.${column} is not null and not exists (select from ${RAW}.${to} p where p.id = c.${column})`;

const onParents = async (run) => {
  const [client] = run.clients;
  const found = [];
  const tests = rowTests().slice(0, 20);
  const without = testing(run, "no-parent", (p) => writeTests(p, tests));
  const within = testing(run, "small-parent", (p) => writeTests(p, [...tests, parentTest("home", "teams")]));
  const small = await interleaved(run.rounds, {
    without: async () => (await without()).statements,
    within: async () => (await within()).statements,
    own: () => timed(client, orphans("home", "teams")),
  });
  const share = median(small.within.map((s, i) => (s - small.without[i]) / small.own[i]));
  found.push(
    figure(
      "relationship to 30 rows, what it adds to a scan of 20 tests, beside a query of its own",
      inSeconds(median(small.within) - median(small.without)),
      inSeconds(median(small.own)),
      `${share.toFixed(2)} ×`,
      "≤ 0.5 ×",
      share <= 0.5,
    ),
  );
  for (const [column, to, rows] of [
    ["person", "people", "60,000"],
    ["id", "games", ROWS_TEXT],
  ]) {
    const parent = testing(run, to, (p) => writeTests(p, [parentTest(column, to)]));
    const seconds = await interleaved(run.rounds, {
      own: async () => (await parent()).statements,
      floor: () => timed(client, orphans(column, to)),
    });
    const own = ratioOf(seconds.own, seconds.floor);
    found.push(
      figure(
        `relationship to ${rows} rows, beside \`not exists\``,
        inSeconds(median(seconds.own)),
        inSeconds(median(seconds.floor)),
        asRatio(own),
        "≤ 1.05 ×",
        own.median <= 1.05,
      ),
    );
  }
  return found;
};

const MESSAGE = 50;

const onManyTables = async (run) => {
  const { clients } = run;
  for (let i = 0; i < TABLES; i++)
    await clients[0].query(
      `create table ${RAW}.${tableName(i)} as select g as id, g % 7 as n from generate_series(1, 100) g`,
    );
  const many = testing(run, "many", writeManyTests);
  const measure = async () => {
    const commands = [];
    const seconds = await interleaved(run.rounds, {
      tests: async () => {
        const { command, events, count } = await many();
        if (count("pass") !== 2 * TABLES) throw new Error("not all of the tests passed");
        commands.push(command);
        return between(events);
      },
      bare: () => bareMessages(clients),
    });
    // The first finds nothing that was read or compiled before.
    return { ...seconds, cold: commands[0], command: median(commands.slice(1)) };
  };
  const asked = await measure();
  for (let i = 0; i < TABLES; i++) await clients[0].query(`alter table ${RAW}.${tableName(i)} add primary key (id)`);
  const proved = await measure();
  for (let i = 0; i < TABLES; i++) await clients[0].query(`drop table ${RAW}.${tableName(i)}`);
  const own = ratioOf(asked.tests, asked.bare);
  const middle = median(asked.tests);
  return [
    figure(
      `${(2 * TABLES).toLocaleString("en")} tests on ${TABLES.toLocaleString("en")} small tables, 4 connections, beside the bare messages`,
      inSeconds(middle),
      inSeconds(median(asked.bare)),
      asRatio(own),
      "≤ 2 × and ≤ 0.15 s",
      own.median <= 2 && middle <= 0.15,
    ),
    figure("the same, whole command, the first time", inSeconds(asked.cold), "", "", "≤ 1.0 s", asked.cold <= 1),
    figure(
      "the same, whole command, the project unchanged",
      inSeconds(asked.command),
      "",
      "",
      "≤ 0.6 s",
      asked.command <= 0.6,
    ),
    figure(
      "the same, all guaranteed by the catalog",
      inSeconds(median(proved.tests)),
      "",
      "",
      "≤ 0.05 s",
      median(proved.tests) <= 0.05,
    ),
  ];
};

/** From the first statement to the last result; where nothing was asked, from the connection on. */
const between = (events) => {
  const finished = events.filter((e) => e.kind === "test_finished");
  const at = (event) => new Date(event.ts).getTime();
  const asked = finished.filter((e) => e.statement !== undefined);
  const from = asked.length === 0 ? [at(events.find((e) => e.kind === "run_started"))] : asked.map((e) => at(e) - e.ms);
  return (Math.max(...finished.map(at)) - Math.min(...from)) / 1000;
};

const bareMessages = async (clients) => {
  const messages = Array.from({ length: TABLES / MESSAGE }, (_, m) =>
    Array.from({ length: MESSAGE }, (_, k) => {
      const table = `${RAW}.${tableName(m * MESSAGE + k)}`;
      return `select count(*), count(*) filter (where id is null), count(id) - count(distinct id) from ${table}`;
    }).join("; "),
  );
  const startedAt = performance.now();
  await inOrder(clients, messages.length, (client, i) => client.query(messages[i]));
  return (performance.now() - startedAt) / 1000;
};
