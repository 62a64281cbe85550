/** 1,000 tiny tables with two tests each: the run beside its own statements sent bare, and beside the classic floor. */
import { asRatio, figure, inSeconds, interleaved, median, ratioOf } from "./measure.mjs";
import { galley } from "./program.mjs";
import { eventsOf, inOrder, recordingOf, replay } from "./replay.mjs";
import { dropSchemas, withClients } from "./server.mjs";
import { modelName, queryOf, SCHEMA, writeModels } from "./workload.mjs";

const MODELS = 1000;
const CONNECTIONS = 4;
const FLOOR = "galley_floor";

export const buildFigure = async ({ url, folder, rounds }) => {
  const project = `${folder}/models`;
  writeModels(project, MODELS);
  const clear = () => dropSchemas(url, [SCHEMA, `${SCHEMA}__next`, `${SCHEMA}__old`, FLOOR]);
  const build = (...flags) => galley(["build", "--quiet", ...flags], { cwd: project, env: { BENCH_URL: url } });
  await build("--debug");
  await clear();
  await build("--debug");
  const recording = recordingOf(eventsOf(project));
  const commands = [];
  const seconds = await withClients(url, CONNECTIONS, (clients) =>
    interleaved(rounds, {
      run: async () => {
        await clear();
        commands.push((await build()).seconds);
        return secondsOfRun(eventsOf(project));
      },
      bare: async () => {
        await clear();
        return replay(clients, recording);
      },
      classic: async () => {
        await clear();
        return classic(clients);
      },
    }),
  );
  await clear();
  const own = ratioOf(seconds.run, seconds.bare);
  const command = median(commands);
  return [
    figure(
      "build of 1,000 tables with 2,000 tests: first statement to publish's commit, beside its own statements sent bare",
      inSeconds(median(seconds.run)),
      inSeconds(median(seconds.bare)),
      asRatio(own),
      "≤ 2.0 ×",
      own.median <= 2,
    ),
    figure(
      "the same, beside SQL and two test queries for each model, sent bare",
      inSeconds(median(seconds.run)),
      inSeconds(median(seconds.classic)),
      asRatio(ratioOf(seconds.run, seconds.classic)),
      "",
    ),
    figure(
      "the same, whole command",
      inSeconds(command),
      inSeconds(median(seconds.classic)),
      asRatio(ratioOf(commands, seconds.classic)),
      "≤ 4 s",
      command <= 4,
    ),
  ];
};

const secondsOfRun = (events) => {
  const at = (kind) => new Date(events.find((event) => event.kind === kind).ts).getTime();
  return (at("publish_finished") - at("run_started")) / 1000;
};

const classic = async (clients) => {
  const startedAt = performance.now();
  await clients[0].query(`create schema ${FLOOR}`);
  await inOrder(clients, MODELS, async (client, i) => {
    const table = `${FLOOR}.${modelName(i)}`;
    await client.query(`create table ${table} as\n${queryOf(i, (p) => `${FLOOR}.${modelName(p)}`)}`);
    await client.query(`select count(*) from (select id from ${table} group by id having count(*) > 1) as x`);
    await client.query(`select count(*) from ${table} where id is null`);
  });
  return (performance.now() - startedAt) / 1000;
};
