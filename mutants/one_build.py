#!/usr/bin/env python3
"""Puts every mutant that cargo-mutants lists into one build.

Each mutated function gets its other bodies beside its own, and chooses by a number in the environment variable `MUTANT`;
without it everything is as it was. So thousands of mutants cost one compilation, and each one nothing but its tests.

    python3 mutants/one_build.py      # makes target/mutants/tree, and builds the tests there

A body that does not compile is left out and written down as not viable. What cannot be chosen at run time (constants,
`const fn`) is written down as left out.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "mutants"
TREE = WORK / "tree"
COPIED = ["src", "tests", "examples", "benches", "schema", "fuzz", "Cargo.toml", "Cargo.lock", "README.md", "SECURITY.md", "deny.toml"]
# Compiled as in CI: optimised a little, with the checks of an ordinary test run.
ENVIRONMENT = {
    "CARGO_TARGET_DIR": str(WORK / "build"),
    "RUSTFLAGS": "--cap-lints=allow",
    "CARGO_INCREMENTAL": "0",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
    "CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS": "true",
    "CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS": "true",
}
CHOICE = """
#[doc(hidden)]
#[allow(missing_docs)]
pub mod __mutant {
    extern crate std;
    use core::sync::atomic::{AtomicU32, Ordering};
    static ID: AtomicU32 = AtomicU32::new(u32::MAX);
    pub fn id() -> u32 {
        let id = ID.load(Ordering::Relaxed);
        if id != u32::MAX {
            return id;
        }
        let id = std::env::var("MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        ID.store(id, Ordering::Relaxed);
        id
    }
}
"""


def braces(text):
    """The place of the opening brace for each closing one; braces in texts and comments are none."""
    raw, character = re.compile(r'b?r(#*)"'), re.compile(r"'(\\(x..|u\{[^}]*\}|.)|[^\\'])'", re.S)
    pairs, open_, at = {}, [], 0
    while at < len(text):
        here = text[at]
        is_word = at and (text[at - 1].isalnum() or text[at - 1] == "_")
        if text.startswith("//", at):
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif (found := raw.match(text, at)) and not is_word:
            end = '"' + found[1]
            at = text.index(end, found.end()) + len(end)
        elif here == '"':
            at += 1
            while text[at] != '"':
                at += 2 if text[at] == "\\" else 1
            at += 1
        elif here == "'":
            found = character.match(text, at)
            at = found.end() if found else at + 1
        else:
            if here == "{":
                open_.append(at)
            elif here == "}":
                pairs[at] = open_.pop()
            at += 1
    return pairs


def item_of_iterator(head):
    """What an `impl Iterator` that a function gives back is of, if it gives one back."""
    found = re.search(r"->\s*impl (?:ExactSize)?Iterator<Item\s*=\s*(.*)$", re.sub(r"\swhere\b.*", "", head, flags=re.S), re.S)
    if not found:
        return None
    depth, item = 1, ""
    for letter in found[1]:
        depth += {"<": 1, ">": -1}.get(letter, 0)
        if depth == 0:
            return item
        item += letter


class File:
    """One source file, with the other bodies of its functions."""

    def __init__(self, name, mutants, left_out):
        self.name, self.text = name, (ROOT / name).read_text()
        self.starts = [0] + [at + 1 for at, letter in enumerate(self.text) if letter == "\n"]
        self.out, self.line, self.ranges = [], 1, []
        functions = collections.defaultdict(list)
        for mutant in mutants:
            if mutant["function"]:
                span = mutant["function"]["span"]
                functions[self.place(span["start"]), self.place(span["end"])].append(mutant)
            else:
                left_out.add(mutant["id"])
        pairs, bodies = braces(self.text), []
        for (start, end), own in functions.items():
            close = len(self.text[:end].rstrip()) - 1
            head = self.text[start : pairs[close]]
            item = item_of_iterator(head)
            if re.search(r"\bconst\s+fn\b", head) or (not item and re.search(r"->[^{]*\bimpl\b", head)):
                left_out.update(mutant["id"] for mutant in own)
            else:
                bodies.append((pairs[close], close, own, item))
        self.emit(0, len(self.text), sorted(bodies, key=lambda body: body[0]))

    def place(self, position):
        return self.starts[position["line"] - 1] + position["column"] - 1

    def write(self, text):
        self.out.append(text)
        self.line += text.count("\n")

    def emit(self, start, end, bodies):
        """The text from one place to another, with the bodies within it replaced."""
        while bodies:
            open_, close, own, item = bodies[0]
            inner = [body for body in bodies[1:] if body[0] < close]
            bodies = bodies[1 + len(inner) :]
            # Iterators of several bodies are of one type if they are of lists.
            before, after = (f"let all: alloc::vec::Vec<{item}> = Iterator::collect({{", "}); all.into_iter()") if item else ("", "")
            self.write(self.text[start:open_] + "{ match crate::__mutant::id() {\n")
            for mutant in own:
                first, last = self.place(mutant["span"]["start"]), self.place(mutant["span"]["end"])
                body = mutant["replacement"]
                if first != open_:
                    body = self.text[open_ + 1 : first] + body + self.text[last:close]
                if item:
                    body = body.replace("::std::iter", "::core::iter")
                line = self.line
                self.write(f"{mutant['id']} => {{\n{before}{body}{after}\n}}\n")
                self.ranges.append((line, self.line - 1, mutant["id"]))
            self.write("_ => {" + before)
            self.emit(open_ + 1, close, inner)
            self.write(after + "}\n}\n}")
            start = close + 1
        self.write(self.text[start:end])

    def mutant_at(self, line):
        found = [(last - first, id_) for first, last, id_ in self.ranges if first <= line <= last]
        return min(found)[1] if found else None


def listed():
    found = subprocess.run(["cargo", "mutants", "--list", "--json"], cwd=ROOT, check=True, capture_output=True, text=True)
    mutants = json.loads(found.stdout)
    for id_, mutant in enumerate(mutants, 1):
        mutant["id"] = id_
    return mutants


def write_tree(mutants, unviable):
    """Writes the sources; gives the files with mutants and those that are left out."""
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, TREE / name, ignore=shutil.ignore_patterns("target", "work"))
        else:
            shutil.copy(source, TREE / name)
    by_file, left_out, files = collections.defaultdict(list), set(), {}
    for mutant in mutants:
        if mutant["id"] not in unviable:
            by_file[mutant["file"]].append(mutant)
    for name, own in by_file.items():
        files[name] = File(name, own, left_out)
        (TREE / name).write_text("".join(files[name].out))
    with open(TREE / "src/lib.rs", "a") as lib:
        lib.write(CHOICE)
    return files, left_out


def errors(files):
    """The mutants that do not compile; None where everything does."""
    command = ["cargo", "check", "--lib", "--message-format=json"]
    run = subprocess.run(command, cwd=TREE, env=os.environ | ENVIRONMENT, capture_output=True, text=True)
    if run.returncode == 0:
        return None
    found = set()
    for line in run.stdout.splitlines():
        message = json.loads(line).get("message")
        if isinstance(message, dict) and message["level"] == "error":
            spans = [span for span in message["spans"] if span["file_name"] in files and span["is_primary"]]
            found.update(files[span["file_name"]].mutant_at(span["line_start"]) for span in spans)
    found.discard(None)
    if not found:
        raise SystemExit(run.stderr)
    return found


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    mutants, unviable = listed(), set()
    while True:
        files, left_out = write_tree(mutants, unviable)
        found = errors(files)
        if found is None:
            break
        unviable |= found
    command = ["cargo", "test", "--release", "--no-run", "--lib", "--test", "suite", "--message-format=json"]
    built = subprocess.run(command, cwd=TREE, env=os.environ | ENVIRONMENT, check=True, stdout=subprocess.PIPE, text=True)
    made = [json.loads(line) for line in built.stdout.splitlines()]
    binaries = {unit["target"]["name"]: unit["executable"] for unit in made if unit.get("executable")}
    plan = {"mutants": mutants, "unviable": sorted(unviable), "left_out": sorted(left_out), "binaries": binaries}
    (WORK / "plan.json").write_text(json.dumps(plan))
    print(f"{len(mutants)} mutants, {len(unviable)} not viable, {len(left_out)} left out")


if __name__ == "__main__":
    main()
