"""kill -9 at every call that changes a file, and at random moments of a long import."""

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from command import DATABASE, strace
from database import Broken, copied, examined, state
from points import Scenario, checked, side_by_side, undisturbed

GENERATE = Path(__file__).parents[2] / "Benchmarks/ingest/generate"
BIG_LINES = 300_000
MOMENTS = 12


def every_call(command, folder, seed):
    """Kills imports at each of their calls."""
    for is_fresh, into in ((True, "a new database"), (False, "one that holds some")):
        scenario = Scenario(command, folder / str(is_fresh), seed, is_fresh)
        found = side_by_side(lambda call: killed(scenario, call), scenario.calls)
        yield f"kill -9 at every call of an import into {into}", len(scenario.calls), found


def killed(scenario, call):
    """What is wrong after a kill at one call."""
    place = scenario.copy(f"{call.name}-{call.ordinal}")
    inject = f"inject={call.name}:signal=SIGKILL:when={call.ordinal}"
    result = scenario.ingest(place, strace(place, "-e", inject))
    if result.code == -9:
        wrong = scenario.left(place) or scenario.mended(place)
    else:
        wrong = f"was not killed: {result}"
    shutil.rmtree(place)
    return wrong and f"{call}: {wrong}"


def random_moments(command, folder, seed):
    """Kills a long import at moments anywhere in it."""
    scenario = Scenario(command, folder, seed, is_fresh=False)
    log = str(folder / "big.ndjson")
    subprocess.run([sys.executable, GENERATE, "--lines", str(BIG_LINES), "--seed", str(seed),
                    "--output", log], check=True)
    whole = scenario.copy("whole")
    started = time.monotonic()
    undisturbed(command.ingest(whole, [log]))
    duration = time.monotonic() - started
    final, chance = state(whole / DATABASE), random.Random(seed)
    moments = [(str(number), chance.uniform(0, duration)) for number in range(MOMENTS)]
    found = side_by_side(lambda one: killed_after(scenario, log, final, *one), moments)
    yield f"kill -9 within {duration:.2f} s of {BIG_LINES:,} lines", MOMENTS, found


def killed_after(scenario, log, final, name, moment):
    """What is wrong after a kill at one moment."""
    place = scenario.copy(name)
    process = scenario.command.start(place, "ingest", log, "--database", place / DATABASE)
    time.sleep(moment)
    process.kill()
    process.communicate()
    wrong = continued(scenario.command, place, log, final)
    shutil.rmtree(place)
    return wrong and f"after {moment:.3f} s: {wrong}"


def continued(command, place, log, final):
    """What is wrong with the database of a killed run, and once the run was repeated."""
    try:
        examined(copied(place / DATABASE, place / "copy"))
        result = command.ingest(place, [log])
        if result.code != 0:
            return f"the next run failed: {result}"
        if state(place / DATABASE) != final:
            return "the next run did not end as an undisturbed one"
    except Broken as broken:
        return f"broken: {broken}"
    return checked(command, place)
