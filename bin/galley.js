#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";

// Node 20 begins to optimize a function when it has hardly run: a command of half a second spends a tenth of its time on
// code that it never gets back. Later versions wait by themselves; a command of seconds is as fast either way.
if (process.versions.node.startsWith("20.")) setFlagsFromString("--interrupt-budget=250000");
await import("../dist/cli/main.js");
