// Writes the server's API description to openapi.json, from which `npm run types` makes src/api/schema.d.ts.
// PYTHON names the interpreter that has Tallystick installed; by default the repository's own environment.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ui = dirname(dirname(fileURLToPath(import.meta.url)));
const python = process.env.PYTHON ?? join(ui, "..", ".venv", "bin", "python");
const described = execFileSync(python, [join(ui, "scripts", "openapi.py")], { encoding: "utf-8", maxBuffer: 64 << 20 });
writeFileSync(join(ui, "openapi.json"), described);
