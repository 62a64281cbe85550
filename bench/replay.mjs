/**
 * A run's own statements, sent again by the shortest script: same messages, same number of connections, same order of
 * dependence, and nothing around them. What was sent before the first model and after the last goes over one connection.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { modelName, parentsOf, SCHEMA } from "./workload.mjs";

export const eventsOf = (folder) =>
  readFileSync(`${folder}/target/events.jsonl`, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

/** From the first statement to the commit of publish, out of the events of a run with --debug. */
export const recordingOf = (events) => {
  const runId = events[0].run_id;
  const published = events.findIndex((event) => event.kind === "publish_finished");
  const texts = events
    .slice(0, published)
    .filter((event) => event.kind === "statement")
    .map((event) => event.text);
  const modelOf = (text) =>
    text.length > 20_000 ? undefined : new RegExp(`"${SCHEMA}__next"\\."(m\\d+)"`).exec(text)?.[1];
  const first = texts.findIndex((text) => modelOf(text) !== undefined);
  const last = texts.findLastIndex((text) => modelOf(text) !== undefined);
  const models = new Map();
  for (const text of texts.slice(first, last + 1)) {
    const name = modelOf(text);
    if (name === undefined) throw new Error(`a statement between the models belongs to none: ${text.slice(0, 200)}`);
    models.set(name, [...(models.get(name) ?? []), text]);
  }
  return { runId, before: texts.slice(0, first), models, after: texts.slice(last + 1) };
};

/** Seconds. */
export const replay = async (clients, recording) => {
  const id = randomUUID();
  const ours = (text) => text.replaceAll(recording.runId, id);
  const before = recording.before.map(ours);
  const after = recording.after.map(ours);
  const models = new Map([...recording.models].map(([name, texts]) => [name, texts.map(ours)]));
  const startedAt = performance.now();
  for (const text of before) await clients[0].query(text);
  await inOrder(clients, models.size, async (client, i) => {
    for (const text of models.get(modelName(i))) await client.query(text);
  });
  for (const text of after) await clients[0].query(text);
  const seconds = (performance.now() - startedAt) / 1000;
  await clients[0].query("select pg_advisory_unlock_all()");
  return seconds;
};

/** Each model when its parents are done, on whichever connection is free. */
export const inOrder = (clients, count, work) =>
  new Promise((resolve, reject) => {
    const waiting = Array.from({ length: count }, (_, i) => parentsOf(i).length);
    const children = Array.from({ length: count }, () => []);
    for (let i = 0; i < count; i++) for (const parent of parentsOf(i)) children[parent].push(i);
    const ready = waiting.flatMap((open, i) => (open === 0 ? [i] : []));
    const idle = [...clients];
    let done = 0;
    const next = () => {
      while (ready.length > 0 && idle.length > 0) {
        const i = ready.shift();
        const client = idle.pop();
        work(client, i).then(() => {
          idle.push(client);
          done += 1;
          for (const child of children[i]) if (--waiting[child] === 0) ready.push(child);
          if (done === count) resolve();
          else next();
        }, reject);
      }
    };
    next();
  });
