// Alerts on a real database: one by two workers, tried again while the way out is down, told again after a kill as the same
// mail, over when it stayed away, a digest once a day, and a loop that hangs.
import { afterEach, describe, expect, it } from "vitest";
import { openAlerts } from "../../dist/database/alerts.js";
import { recoverDead } from "../../dist/database/recover.js";
import { openSchedules } from "../../dist/database/schedules.js";
import { operator, permanent } from "../../dist/errors.js";
import type { Alert } from "../../dist/ports-alerts.js";
import { type AlertPorts, runAlerts } from "../../dist/worker/alert.js";
import { openLoopWatch } from "../../dist/worker/alert-loops.js";
import { alertMail } from "../../dist/worker/alert-mail.js";
import { type DeskInFolder, type NewDesk, newDesk, openDeskIn } from "../contracts/desk-in-folder.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const noon = Date.UTC(2026, 10, 27, 12, 0);

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

async function openDesk(): Promise<NewDesk> {
  const desk = await newDesk("alerts");
  cleanUp.push(() => desk.close());
  desk.clock.advance(noon - Date.now());
  return desk;
}

/** A worker on the desk; `fails` is thrown instead of telling. */
function worker(desk: DeskInFolder, name = "worker-a", recipients = ["admin@example.com"]) {
  const told: Alert[] = [];
  const logged: string[] = [];
  const line = (event: string) => void logged.push(event);
  const state: { fails: Error | null } = { fails: null };
  const ports: AlertPorts = {
    alerts: openAlerts(desk.database, desk.ids, name),
    schedules: openSchedules(desk.database, name),
    desk: desk.desk,
    clock: desk.clock,
    log: { info: line, warn: line, error: line },
    mailboxes: [{ name: "support", unreadMsMax: hourMs }],
    tokens: async () => [],
    aliveSinceMs: () => 0,
    clean: (text) => text.replaceAll("geheim", "***"),
    way: {
      recipients,
      async tell(alert) {
        if (state.fails !== null) throw state.fails;
        told.push(alert);
        return "250 ok";
      },
      check: async () => "ok",
      close: async () => {},
    },
  };
  const look = () => runAlerts(ports, async () => true);
  return { ports, told, logged, state, look, titles: () => told.map(({ title }) => title) };
}

/** The mailbox fails as a poll leaves it. */
async function poll({ spool, clock }: DeskInFolder, error: string | null): Promise<void> {
  const state = await spool.leaseMailbox("support", "poll", clock.now() + 1);
  if (state === null) throw new Error("somebody holds the mailbox");
  await spool.saveMailbox({ ...state, lastPollAtMs: clock.now(), error, needsPerson: error !== null }, "poll");
}

const rows = (desk: DeskInFolder) => desk.read.selectFrom("alert").selectAll().orderBy("id").execute();

describe("an alert", () => {
  it("is told once a day though two workers look at the same moments, and once more when it is over", async () => {
    const desk = await openDesk();
    const other = await openDeskIn(desk.folder, desk.clock);
    cleanUp.push(() => other.close());
    const workers = [worker(desk), worker(other, "worker-b")];
    const look = () => Promise.all(workers.map((one) => one.look()));
    const told = () => workers.flatMap((one) => one.told).map(({ title, phase }) => `${phase}: ${title}`);
    await poll(desk, "The password geheim was refused.");
    await look();
    await look();
    expect(told()).toEqual(["raised: mailbox support cannot be read"]);
    expect((await rows(desk)).map(({ text, status }) => [text.includes("password *** was"), status])).toEqual([
      [true, "told"],
    ]);
    desk.clock.advance(20 * hourMs); // the next morning
    await look();
    expect(told()).toHaveLength(2);
    await poll(desk, null);
    await look();
    expect(told()).toHaveLength(2); // it may fail again in a moment
    desk.clock.advance(minuteMs);
    await look();
    await look();
    expect(told().sort()).toEqual([
      "cleared: mailbox support is read again",
      "raised: mailbox support cannot be read",
      "raised: mailbox support cannot be read",
    ]);
    expect(workers.flatMap((one) => one.logged)).toEqual(["alert", "alert", "alert"]);
  });

  it("is not taken back where the trouble comes and goes", async () => {
    const desk = await openDesk();
    const one = worker(desk);
    for (const error of ["away", null, "away", null]) {
      await poll(desk, error);
      await one.look();
      desk.clock.advance(minuteMs / 2);
    }
    expect(one.titles()).toEqual(["mailbox support cannot be read"]);
  });

  it("waits while the way out is down, is logged, and keeps its order", async () => {
    const desk = await openDesk();
    const one = worker(desk);
    one.state.fails = operator("The relay refused the login.");
    await poll(desk, "The password was refused.");
    expect(await one.look()).toEqual({ raised: 1, told: 0, failed: 1 });
    expect(await one.look()).toEqual({ raised: 0, told: 0, failed: 0 }); // not before its time
    await poll(desk, null);
    await one.look();
    desk.clock.advance(minuteMs);
    expect(await one.look()).toMatchObject({ raised: 1, told: 0, failed: 1 });
    expect(one.logged).toEqual(["alert-failed", "alert-failed"]);
    one.state.fails = null;
    desk.clock.advance(hourMs / 4);
    expect(await one.look()).toMatchObject({ told: 2 });
    expect(one.titles()).toEqual(["mailbox support cannot be read", "mailbox support is read again"]);
  });

  it("that is refused for good is not tried again, and the others hear it all the same", async () => {
    const desk = await openDesk();
    const one = worker(desk, "worker-a", ["nobody@example.com", "admin@example.com"]);
    const { tell } = one.ports.way;
    one.ports.way.tell = async (alert) => {
      if (alert.recipient.startsWith("nobody")) throw permanent("550 no such user");
      return await tell(alert);
    };
    await poll(desk, "The password was refused.");
    expect(await one.look()).toEqual({ raised: 2, told: 1, failed: 1 });
    desk.clock.advance(hourMs);
    expect(await one.look()).toEqual({ raised: 0, told: 0, failed: 0 });
    expect((await rows(desk)).map(({ status, error }) => [status, error])).toEqual([
      ["failed", "550 no such user"],
      ["told", null],
    ]);
  });

  it("to somebody whom the configuration names no more is dropped", async () => {
    const desk = await openDesk();
    const one = worker(desk, "worker-a", ["old@example.com"]);
    one.state.fails = operator("down");
    await poll(desk, "The password was refused.");
    await one.look();
    desk.clock.advance(hourMs);
    const two = worker(desk, "worker-b", ["new@example.com"]);
    await two.look();
    expect((await rows(desk)).map(({ recipient, status }) => [recipient, status])).toEqual([
      ["old@example.com", "dropped"],
    ]);
    expect(two.told).toEqual([]);
  });

  it("that was in a killed worker's hands is told again, as the same bytes", async () => {
    const desk = await openDesk();
    const one = worker(desk, "gone");
    await poll(desk, "The password was refused.");
    one.ports.way.tell = async (alert) => {
      one.told.push(alert);
      throw new Error("never reached");
    };
    const kept = { ...one.ports.alerts };
    one.ports.alerts.again = () => Promise.reject(new Error("killed"));
    await expect(one.look()).rejects.toThrow("killed");
    one.ports.alerts.again = kept.again;
    const two = worker(desk, "alive");
    await two.look();
    expect(two.told).toEqual([]); // somebody may still live
    expect(await recoverDead(desk.database, (owner) => owner === "gone", desk.clock.now(), false)).toBe(1);
    await two.look();
    const key = { id: 1, secret: Buffer.from("a secret for tests, not for mail") };
    const bytes = (alert: Alert | undefined) =>
      alert && alertMail(alert, { name: "Desk", address: "d@desk.example" }, [key]);
    expect(two.told).toHaveLength(1);
    expect(await bytes(two.told[0])).toEqual(await bytes(one.told[0]));
  });
});

describe("the digest", () => {
  it("comes once a day from its hour on, in the desk's time zone", async () => {
    const desk = await openDesk();
    const one = worker(desk);
    const setting = (id: string, value: unknown) =>
      desk.database.write((tx) =>
        tx
          .insertInto("setting")
          .values({ id, value: JSON.stringify(value), version: 1 })
          .onConflict((on) => on.column("id").doUpdateSet({ value: JSON.stringify(value) }))
          .execute(),
      );
    await setting("alerts.digestAt", "13:30 Europe/Berlin"); // 12:30 UTC
    await desk.spool.store("support", null, [held(desk.clock.now())], null);
    await desk.database.write((tx) => tx.updateTable("email").set({ status: "held", reason: "empty" }).execute());
    await one.look();
    expect(one.titles()).toEqual([]);
    desk.clock.advance(hourMs / 2);
    await one.look();
    await one.look();
    expect(one.titles()).toEqual(["1 mail held or failed"]);
    desk.clock.advance(24 * hourMs);
    await one.look();
    expect(one.titles()).toHaveLength(2);
    await setting("alerts.digestAt", "off");
    desk.clock.advance(24 * hourMs);
    await one.look();
    expect(one.titles()).toHaveLength(2);
  });
});

const held = (now: number) => ({
  uid: null,
  raw: Buffer.from("\r\n"),
  error: null,
  receivedAtMs: now,
  arrival: "live" as const,
  peek: { messageId: null, cited: [], from: "", subject: "" },
  closed: false,
});

describe("a loop that hangs", () => {
  it("is told of after two looks, and is over once it turns or its worker is no more", async () => {
    const desk = await openDesk();
    const one = worker(desk);
    let overdue = [{ loop: "sweep", quietMs: 5 * minuteMs }];
    const watch = (process: string, gone: string[]) =>
      openLoopWatch({
        ...one.ports,
        overdue: () => overdue,
        process,
        host: "host-a",
        isGone: (name) => gone.includes(name),
      });
    const pass = async (look: () => Promise<void>) => {
      await look();
      desk.clock.advance(minuteMs);
      await one.look();
    };
    const first = watch("worker-a", []);
    await pass(first);
    expect(one.titles()).toEqual([]);
    await pass(first);
    await pass(first);
    expect(one.titles()).toEqual(["a worker on host-a hangs"]);
    overdue = [];
    const bystander = watch("worker-b", []);
    for (let round = 0; round < 3; round++) await pass(bystander);
    expect(one.titles()).toHaveLength(1);
    const successor = watch("worker-c", ["worker-a"]);
    for (let round = 0; round < 3; round++) await pass(successor);
    expect(one.titles().slice(1)).toEqual(["the loop sweep on host-a turns again"]);
  });
});
