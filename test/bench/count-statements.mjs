// Loaded with `node --import` before the command: counts every statement that the process sends to its database, with the
// values of its first run, and writes them to the file that COUNT_STATEMENTS names when the process ends. No line of
// maildesk knows of it. One JSON array: { text, runs, values }, bytes as null.
import { writeFileSync } from "node:fs";
import BetterSqlite from "better-sqlite3";
import pg from "pg";

const file = process.env.COUNT_STATEMENTS;
delete process.env.COUNT_STATEMENTS; // not for the children

if (file !== undefined) {
  const statements = new Map();
  const count = (text, values) => {
    const known = statements.get(text);
    if (known !== undefined) known.runs += 1;
    else statements.set(text, { text, runs: 1, values: values.map(plain) });
  };
  const plain = (value) =>
    Buffer.isBuffer(value) || value === undefined ? null : typeof value === "bigint" ? Number(value) : value;

  const { prepare, exec } = BetterSqlite.prototype;
  BetterSqlite.prototype.exec = function (text) {
    count(text, []);
    return exec.call(this, text);
  };
  BetterSqlite.prototype.prepare = function (text) {
    const statement = prepare.call(this, text);
    for (const method of ["run", "get", "all"]) {
      const original = statement[method];
      statement[method] = function (...values) {
        count(text, values.flat());
        return original.apply(this, values);
      };
    }
    return statement;
  };
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (config, values, ...rest) {
    count(typeof config === "string" ? config : config.text, config.values ?? (Array.isArray(values) ? values : []));
    return query.call(this, config, values, ...rest);
  };
  process.once("exit", () => writeFileSync(file, JSON.stringify([...statements.values()])));
}
