// The PostgreSQL under BullMQ, through BullMQ's own backend: its tables stand in a schema that bears the desk's name, so
// that two desks on one server never meet. BullMQ keeps a failed first contact for ever, so nothing of it is made before
// `ready` has resolved. Errors become one of our sentences, and no sentence ever contains the password of the URL.
import { createPostgresBackend, PostgresConnection, withBackend } from "bullmq";
import { MaildeskError, operator, systemCode, temporary } from "../errors.ts";
import type { BullmqStore, Wake } from "./bullmq-store.ts";

/** How long a first contact, or the answer to a push, may take. */
const answerMs = 2_000;
const connectionsMax = 2;

/**
 * A client that breaks while it is out of the pool and has nothing to answer tells nobody but its listeners, and without one
 * Node ends the process, as at a restart of the server. BullMQ notices by its next statement.
 */
function listenTo<C extends Pick<PostgresConnection, "pool">>(connection: C): C {
  connection.pool.on("connect", (client) => client.on("error", () => undefined));
  return connection;
}

const { Queue, Worker } = withBackend((...made: Parameters<typeof createPostgresBackend>) => {
  const backend = createPostgresBackend(...made);
  listenTo(backend.connection);
  return backend;
});

/** Connects to `postgres://user@host/db` and waits for nothing: an absent server shows at `ready` and `check`. */
export function openPostgresStore(url: string, prefix: string): BullmqStore {
  const { hostname, port } = new URL(url);
  const name = `PostgreSQL at ${hostname}:${port || 5432}`;
  const connection = {
    connectionString: url,
    // A schema's name is a plain identifier for BullMQ.
    schema: prefix.replace(/[^a-z0-9]/gi, "_"),
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
    max: connectionsMax,
  };
  const all = new Set<PostgresConnection>();
  let reached: Promise<PostgresConnection> | null = null;
  let stopping = false;

  /** Makes the tables where they are missing. */
  async function reach(): Promise<PostgresConnection> {
    const made = listenTo(new PostgresConnection({ ...connection, max: 1, migrate: true }));
    made.on("error", () => undefined);
    all.add(made);
    try {
      await made.waitUntilReady();
      return made;
    } catch (error) {
      reached = null;
      all.delete(made);
      void made.close().catch(() => undefined);
      throw trouble(name, error);
    }
  }

  function contact(): Promise<PostgresConnection> {
    if (stopping) return Promise.reject(trouble(name, "it is being closed"));
    reached ??= reach();
    return reached;
  }

  return {
    needsFirstContact: true,
    openQueue: (topic, options) => new Queue<Wake>(topic, { ...options, connection }),
    openWorker: (topic, processor, options) => new Worker<Wake>(topic, processor, { ...options, connection }),
    async ready() {
      await contact();
    },
    trouble: (error) => trouble(name, error),
    async check() {
      const { pool } = await contact();
      try {
        const { rows } = await pool.query<{ version: string }>("select current_setting('server_version') as version");
        return `${name}, version ${rows[0]?.version ?? "unknown"}`;
      } catch (error) {
        throw trouble(name, error);
      }
    },
    async settle() {
      stopping = true;
      await reached?.catch(() => undefined);
    },
    disconnect() {
      for (const one of all) void one.close().catch(() => undefined);
    },
  };
}

/** SQLSTATE, as PostgreSQL's appendix A lists it. */
function trouble(name: string, error: unknown): MaildeskError {
  if (error instanceof MaildeskError) return error;
  const code = systemCode(error) ?? "";
  const words = (error instanceof Error ? error.message : String(error)) || code || "no reason given";
  if (code.startsWith("28")) {
    return operator(`${name} refused the login: ${words}`, {
      code: "EAUTH",
      remedy: "Correct the user and the password in `queue` of maildesk.yaml.",
    });
  }
  if (code === "3D000") {
    return operator(`${name}: ${words}.`, {
      code: "database",
      remedy: "Make it with createdb, or correct its name in `queue` of maildesk.yaml.",
    });
  }
  if (code === "42501") {
    return operator(`${name} does not let this user keep a queue: ${words}`, {
      code: "EACCES",
      remedy: "Let it make its schema: GRANT CREATE ON DATABASE NAME TO USER.",
    });
  }
  return temporary(`${name} can't be used: ${words}`, {
    code: "connection",
    remedy: "Start it, or name another queue under `queue` in maildesk.yaml.",
  });
}
