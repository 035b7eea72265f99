#!/usr/bin/env python3
"""Runs the tests against each mutant of the build that one_build.py has made.

    python3 mutants/run.py [PATTERN]     # of the files' names; `src/(resolution|safeguards)`
    python3 mutants/run.py --report      # what is known so far, file by file, and who survived

Results are written to target/mutants/results.jsonl as they come, and what is written there is not run again. Tests that
caught others of a file come first, then the quick ones, then the slow ones that have to do with the file.
"""
import collections
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time

from one_build import TREE, WORK

PLAN = json.loads((WORK / "plan.json").read_text())
RESULTS = WORK / "results.jsonl"
WORLDS = {"GROUPMAP_WORLDS": "300", "GROUPMAP_DIRECTORIES": "150", "PROPTEST_MAX_SHRINK_ITERS": "0"}
QUICK = 0.2
# JSON Schema is compiled with a feature, which this build has not.
IGNORED = re.compile("JsonSchema|src/schema.rs")


def measured():
    """How long each test takes where nothing is changed, in seconds; those that fail there are left out."""
    times = {}
    for binary in ("suite", "groupmap"):
        command = [PLAN["binaries"][binary], "-Zunstable-options", "--report-time", "--test-threads=1"]
        environment = os.environ | WORLDS | {"RUSTC_BOOTSTRAP": "1"}
        run = subprocess.run(command, cwd=TREE, env=environment, capture_output=True, text=True)
        for name, seconds in re.findall(r"^test (\S+)(?: - should panic)? \.\.\. ok <([0-9.]+)s>", run.stdout, re.M):
            times[binary, name] = float(seconds)
    return times


def first_failure(mutant, tests, limit):
    """The first of the tests that fails, or that never ends; None where all pass."""
    for binary in ("suite", "groupmap"):
        names = [name for own, name in tests if own == binary]
        if not names:
            continue

        def alone():
            os.setsid()
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

        process = subprocess.Popen(
            [PLAN["binaries"][binary], "--exact", "--test-threads=1", *names],
            cwd=TREE, env=os.environ | WORLDS | {"MUTANT": str(mutant), "RUST_BACKTRACE": "0"}, preexec_fn=alone,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        timer = threading.Timer(limit, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        said, failed = "", None
        while part := os.read(process.stdout.fileno(), 65536):
            said += part.decode(errors="replace")
            if failed := re.search(r"test (\S+)(?: - should panic)? \.\.\. FAILED", said):
                break
        timer.cancel()
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        process.stdout.close()
        if failed:
            return binary, failed[1]
        if "test result: ok" not in said:
            return binary, "no end"
    return None


def concerns(test, file):
    """Whether a slow test is worth its time for a file: it is about everything, or its name has to do with the folder."""
    name, folder = test[1], re.split(r"[/.]", file)[1]
    about = {"matching": "patterns|identity_matching|hostile", "claims": "identities|hostile", "identity": "identities|identity_matching",
             "scim": "scim|directory", "verify": "checker", "plan": "checker|outside", "review": "reviews", "why_not": "why_not|change",
             "explain": "explain", "lint": "lint|rule_changes", "text": "identity_matching|patterns", "batch": "batches|directory"}
    return re.match(r"agreement|cases|batches|" + about.get(folder, "^$"), name) is not None


def run(pattern):
    known = [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []
    skipped = {*PLAN["unviable"], *PLAN["left_out"], *(result["id"] for result in known)}
    todo = [m for m in PLAN["mutants"] if m["id"] not in skipped and re.search(pattern, m["file"]) and not IGNORED.search(m["name"])]
    times, caught, lock = measured(), collections.defaultdict(collections.Counter), threading.Lock()
    quick = [test for test, seconds in times.items() if seconds < QUICK]
    slow = [test for test, seconds in times.items() if seconds >= QUICK]
    out = RESULTS.open("a")

    def work():
        while True:
            with lock:
                if not todo:
                    return
                mutant = todo.pop(0)
                first = [test for test, _ in caught[mutant["file"]].most_common(12) if test in quick]
            start = time.time()
            rest = [test for test in quick if test not in first]
            stages = [(first, 60), (rest, 120), ([test for test in slow if concerns(test, mutant["file"])], 300)]
            failures = (first_failure(mutant["id"], tests, limit) for tests, limit in stages)
            by = next((failure for failure in failures if failure), None)
            with lock:
                if by:
                    caught[mutant["file"]][by] += 1
                result = {"id": mutant["id"], "name": mutant["name"], "by": by, "seconds": round(time.time() - start, 1)}
                out.write(json.dumps(result) + "\n")
                out.flush()

    threads = [threading.Thread(target=work) for _ in range(os.cpu_count())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def report():
    by_file = collections.defaultdict(collections.Counter)
    results = {result["id"]: result for result in map(json.loads, RESULTS.read_text().splitlines())}
    for mutant in PLAN["mutants"]:
        if IGNORED.search(mutant["name"]):
            continue
        result = results.get(mutant["id"])
        kind = "not viable" if mutant["id"] in PLAN["unviable"] else "not run" if not result else "caught" if result["by"] else "survived"
        by_file[mutant["file"]][kind] += 1
    for file, kinds in sorted(by_file.items()):
        print(file, *(f"{kind} {kinds[kind]}" for kind in ("caught", "survived", "not run", "not viable")), sep="\t")
    for result in results.values():
        if not result["by"]:
            print(result["name"])


if __name__ == "__main__":
    argument = sys.argv[1] if len(sys.argv) > 1 else "src/"
    report() if argument == "--report" else run(argument)
