"""kill -9 at every call that changes a file, and at random moments of a long import."""

import random
import shutil
import time

from command import DATABASE, strace
from database import Broken, state, state_of_copy
from points import Scenario, checked, side_by_side, undisturbed

BIG_LINES = 300_000
MOMENTS = 12


def every_call(command, folder, seed):
    """Kills imports at each of their calls."""
    for is_fresh, into in ((True, "a new database"), (False, "one that holds some")):
        scenario = Scenario(command, folder / f"kills-{into[0]}{is_fresh}", seed, is_fresh)
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


def random_moments(command, folder, seed, generate):
    """Kills a long import at moments anywhere in it; `generate` writes its log."""
    scenario = Scenario(command, folder / "moments", seed, is_fresh=False)
    log = str(folder / "big.ndjson")
    generate(log, BIG_LINES, seed)
    whole = scenario.copy("whole")
    started = time.monotonic()
    undisturbed(command.ingest(whole, [log]))
    duration = time.monotonic() - started
    final, chance = state(whole / DATABASE), random.Random(seed)
    found, early = [], 0
    for number in range(MOMENTS):
        place, moment = scenario.copy(str(number)), chance.uniform(0, duration)
        process = command.start(place, "ingest", log, "--database", place / DATABASE)
        time.sleep(moment)
        process.kill()
        process.communicate()
        early += process.returncode != 0
        wrong = continued(command, place, log, final)
        if wrong:
            found.append(f"after {moment:.3f} of {duration:.3f} s: {wrong}")
        shutil.rmtree(place)
    yield f"kill -9 of {BIG_LINES:,} lines, {early} times before the end", MOMENTS, found


def continued(command, place, log, final):
    """What is wrong with the database of a killed run, and once the run was repeated."""
    try:
        state_of_copy(place / DATABASE, place / "copy")
        result = command.ingest(place, [log])
        if result.code != 0:
            return f"the next run failed: {result}"
        if state(place / DATABASE) != final:
            return "the next run did not end as an undisturbed one"
    except Broken as broken:
        return f"broken: {broken}"
    return checked(command, place)
