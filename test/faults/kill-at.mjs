// Loaded with `node --import` before the command: kills this very process with SIGKILL at a named step of its work with
// the database, as a power cut or the kernel's memory killer would. No line of maildesk knows of it.
//
// FAULT holds JSON: { at, when, nth, armedBy }. `at` is a pattern for the text of a statement; at its `nth` run the
// process ends, `before` the statement runs or `after` it did. Runs count only once a statement like `armedBy` ran, on
// the same connection.
import BetterSqlite from "better-sqlite3";
import pg from "pg";

const fault = JSON.parse(process.env.FAULT ?? "null");
delete process.env.FAULT;

if (fault !== null) {
  const at = new RegExp(fault.at, "i");
  const armedBy = fault.armedBy === undefined ? null : new RegExp(fault.armedBy, "i");
  const armed = new WeakSet();
  let runs = 0;

  /** True where the process must end with this statement. */
  const isHit = (connection, text) =>
    (armedBy === null || armed.has(connection)) && at.test(text) && ++runs === (fault.nth ?? 1);
  const arm = (connection, text) => {
    if (armedBy?.test(text)) armed.add(connection);
  };
  const kill = () => process.kill(process.pid, "SIGKILL");

  const around = (connection, text, run) => {
    const hit = isHit(connection, text);
    if (hit && fault.when === "before") kill();
    const result = run();
    if (hit) kill();
    arm(connection, text);
    return result;
  };

  const { prepare, exec } = BetterSqlite.prototype;
  BetterSqlite.prototype.exec = function (text) {
    return around(this, text, () => exec.call(this, text));
  };
  BetterSqlite.prototype.prepare = function (text) {
    const statement = prepare.call(this, text);
    for (const method of ["run", "get", "all"]) {
      const original = statement[method];
      statement[method] = (...values) => around(this, text, () => original.apply(statement, values));
    }
    return statement;
  };

  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (asked, ...more) {
    const text = typeof asked === "string" ? asked : (asked?.text ?? "");
    const hit = isHit(this, text);
    if (hit && fault.when === "before") kill();
    arm(this, text);
    const done = more.at(-1);
    if (hit && typeof done === "function") more[more.length - 1] = kill;
    const result = query.call(this, asked, ...more);
    if (hit && typeof done !== "function") result.then(kill);
    return result;
  };
}
