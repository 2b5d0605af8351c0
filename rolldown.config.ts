// How src/ becomes bundle/: what is packed and runs. Our modules and the small packages they use are gathered into a few files, since
// Node takes half a second to find and read 700. What stands in `dependencies` stays outside and is installed by npm; each
// package that goes in has its licence in bundle/LICENSES.txt.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, sep } from "node:path";
import { defineConfig, type Plugin } from "rolldown";

interface Manifest {
  name: string;
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
}

const ours = join(import.meta.dirname, "src") + sep;
const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const installed = Object.keys(manifestIn(import.meta.dirname).dependencies ?? {});

export default defineConfig({
  platform: "node",
  input: {
    main: "src/cli/main.ts",
    child: "src/parser/child.ts",
    "copy-child": "src/database/copy-child.ts",
    demo: "src/demo.ts",
  },
  external: (id) => installed.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: [licences()],
  logLevel: "warn",
  // A package that is not found would only be warned of, and missed by whoever runs the command.
  onLog: (level, log, handle) => handle(level === "warn" ? "error" : level, log),
  output: {
    dir: "bundle",
    // Flat: a file finds its children beside it and package.json above it, as in src.
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  },
});

/** Writes the notices of the packages whose code is in the bundle; one without a licence file fails the build. */
function licences(): Plugin {
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
      const folders = new Set(modules.filter((id) => isAbsolute(id) && !id.startsWith(ours)).map(folderOf));
      const source = [...folders]
        .sort()
        .map(noticeOf)
        .join(`\n${"-".repeat(80)}\n\n`);
      this.emitFile({ type: "asset", fileName: "LICENSES.txt", source });
    },
  };
}

function folderOf(module: string): string {
  let folder = dirname(module);
  while (!existsSync(join(folder, "package.json")) || manifestIn(folder).version === undefined)
    folder = dirname(folder);
  return folder;
}

function noticeOf(folder: string): string {
  const { name, version, license } = manifestIn(folder);
  const texts = readdirSync(folder).filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file));
  if (texts.length === 0) throw new Error(`${name} goes into the bundle, but has no licence file`);
  return [`${name} ${version} (${license})\n`, ...texts.map((file) => readFileSync(join(folder, file), "utf8"))].join(
    "\n",
  );
}
