// Loaded with `node --import` before the command: kills this very process with SIGKILL at a named step of its work with
// the database, as a power cut or the kernel's memory killer would. No line of maildesk knows of it.
//
// FAULT holds JSON: { at, when, nth, armedBy }. `at` is a pattern for the text of a statement; at its `nth` run the
// process ends, `before` the statement runs or `after` it did. Runs count only once a statement like `armedBy` ran.
import BetterSqlite from "better-sqlite3";

const fault = JSON.parse(process.env.FAULT ?? "null");
delete process.env.FAULT;

if (fault !== null) {
  const at = new RegExp(fault.at, "i");
  const armedBy = fault.armedBy === undefined ? null : new RegExp(fault.armedBy, "i");
  let isArmed = armedBy === null;
  let runs = 0;

  const around = (text, run) => {
    const isHit = isArmed && at.test(text) && ++runs === (fault.nth ?? 1);
    if (isHit && fault.when === "before") process.kill(process.pid, "SIGKILL");
    const result = run();
    if (isHit) process.kill(process.pid, "SIGKILL");
    if (armedBy?.test(text)) isArmed = true;
    return result;
  };

  const { prepare, exec } = BetterSqlite.prototype;
  BetterSqlite.prototype.exec = function (text) {
    return around(text, () => exec.call(this, text));
  };
  BetterSqlite.prototype.prepare = function (text) {
    const statement = prepare.call(this, text);
    for (const method of ["run", "get", "all"]) {
      const original = statement[method];
      statement[method] = function (...values) {
        return around(text, () => original.apply(this, values));
      };
    }
    return statement;
  };
}
