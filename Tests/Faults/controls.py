"""Faults planted on purpose, each of which has to be found: else the checks see nothing."""

import os

import alerts
import blocks
from command import DATABASE, Command, Result
from errors import answered
from hostile import used
from orders import ingested
from points import Scenario
from workload import Workload, line
from writers import refused

# What disagrees in a database, and then what agrees but is not what was ingested.
PLANTED = [
    "UPDATE daily_rollups SET credits = credits + 1 WHERE credits > 0",
    "UPDATE quarter_hour_rollups SET requests = requests - 1",
    "UPDATE totals SET quantity = quantity + 1", "DELETE FROM charges WHERE rowid % 7 = 0",
    "DELETE FROM series WHERE id = 1", "DELETE FROM imports WHERE id = 2",
    "DELETE FROM rejects WHERE id = 1",
    "UPDATE series SET tags = '{}'",
    """UPDATE charges SET credits = credits + 1 WHERE credits > 0; UPDATE totals SET credits = (SELECT
    sum(credits) FROM charges); DELETE FROM daily_rollups; INSERT INTO daily_rollups SELECT
    (id >> 31) / 86400, series, count(*), sum(coalesce(quantity, 0)), sum(coalesce(credits, 0))
    FROM charges GROUP BY 1, 2; DELETE FROM quarter_hour_rollups; INSERT INTO quarter_hour_rollups
    SELECT (charges.id >> 31) / 900, org, count(*), sum(coalesce(credits, 0)) FROM charges
    JOIN series ON series.id = series GROUP BY 1, 2""",
]


def planted(command, folder, seed):
    """Plants faults: rows of (what, faults, those that were not found)."""
    scenario = Scenario(command, folder / "controls", seed, is_fresh=True)
    missed = [f"not found: {sql}" for number, sql in enumerate(PLANTED)
              if not tampered(scenario, f"{number}", sql)]
    checks = {
        "a page of zeros": is_zero_page_found(scenario),
        "a lie after an error": is_lie_found(scenario),
        "an error without a reason": answered_with(scenario, Result(1, "", "error: it failed")),
        "a crash after an error": answered_with(scenario, Result(-11, "", "")),
        "a second writer that is let in": refused(scenario, scenario.copy("free"), 1),
        "a crash on a hostile file": crashed(scenario, seed),
        "an alert that is told anew": alerts.tampered(
            command, folder / "anew", "DELETE FROM alert_states", is_heard=True),
        "an alert that nobody hears": alerts.tampered(
            command, folder / "lost", "DELETE FROM alert_outbox", is_heard=False),
        "a message that is not of its rule": alerts.tampered(
            command, folder / "other", "UPDATE alert_outbox SET alert = 'x'", is_heard=True),
        "an order that matters": is_order_found(command, folder / "order", seed),
    }
    missed += [f"not found: {what}" for what, finding in checks.items() if not finding]
    yield "planted faults that have to be found", len(PLANTED) + len(checks), missed


def tampered(scenario, name, sql):
    """The finding about a database that was changed."""
    place = scenario.copy(name)
    scenario.ingest(place)
    blocks.run(place / DATABASE, sql)
    return scenario.left(place) or scenario.mended(place)


def is_zero_page_found(scenario):
    """Pages that are lost."""
    place = scenario.copy("zeros")
    scenario.ingest(place)
    with open(place / DATABASE, "r+b") as file:
        file.seek(8192 * 20)
        file.write(bytes(8192 * 4))
    return scenario.left(place)


def is_lie_found(scenario):
    """A run that goes on though a sync failed before it told the result."""
    place = scenario.copy("lie")
    (place / "calls").write_text(
        '1 pwrite64(4</x/usage.db-wal>, ""..., 24, 0) = 24\n'
        "1 fdatasync(4</x/usage.db-wal>) = -1 EIO (Input/output error) (INJECTED)\n"
        '1 write(1</x/output>, ""..., 3) = 3\n')
    result = scenario.ingest(scenario.copy("truth"))
    return answered(scenario, place, result, "EIO")


def answered_with(scenario, result):
    """The finding about how a run with a failed call ended."""
    place = scenario.origin.with_name("lie")
    return answered(scenario, place, result, "EIO")


def crashed(scenario, seed):
    """The finding about a command that crashes."""
    script = scenario.origin.with_name("crashes")
    script.write_text("#!/bin/sh\nkill -SEGV $$\n")
    os.chmod(script, 0o755)
    return used(Command(script), scenario.origin.with_name("truth"), "SELECT 1", str(seed))


def is_order_found(command, folder, seed):
    """Records of one request that know equally much and say otherwise: the first one counts."""
    folder.mkdir()
    one = Workload(seed).request(status=200)
    lines = [line(one | {"credits_charged": credits}) for credits in (1, 2)]
    first, second = (ingested(command, folder / name, order, [1])[0]
                     for name, order in (("a", lines), ("b", lines[::-1])))
    return first != second

