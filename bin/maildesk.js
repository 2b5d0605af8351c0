#!/usr/bin/env node
// Launcher: everything is in bundle/, which `npm run build` makes.
import { main } from "../bundle/main.js";

process.exitCode = await main(process.argv.slice(2));
