"""Calls that fail as on a broken or full disk, once and from then on."""

import errno
import os
import random
import shutil
import subprocess

from command import DATABASE, strace
from points import Scenario, calls, side_by_side

# What a failing call ends an import with, unless the failure is harmless.
REASONS = {name: os.strerror(getattr(errno, name)).lower() for name in ("EIO", "ENOSPC", "EDQUOT")}
# Disks of so many KiB, from one that takes no database at all to one that takes everything.
DISKS = [*range(16, 256, 16), *range(256, 1600, 48)]


def every_call(command, folder, seed):
    """Fails each call of imports, once and for ever."""
    for is_fresh, into in ((True, "a new database"), (False, "one that holds some")):
        scenario = Scenario(command, folder / str(is_fresh), seed, is_fresh)
        for reason in ("EIO", "ENOSPC"):
            for often, end in (("once", ""), ("from then on", "+")):
                found = side_by_side(
                    lambda call: failed(scenario, call, reason, end), scenario.calls)
                yield f"{reason} {often} at every call, into {into}", len(scenario.calls), found
    few = random.Random(seed).sample(scenario.calls, 40)
    found = side_by_side(lambda call: failed(scenario, call, "EDQUOT", "+"), few)
    yield f"EDQUOT from then on at some calls, into {into}", len(few), found


def failed(scenario, call, reason, end):
    """What is wrong with a run whose call fails."""
    place = scenario.copy(f"{reason}{end}-{call.name}-{call.ordinal}")
    inject = f"inject={call.name}:error={reason}:when={call.ordinal}{end}"
    result = scenario.ingest(place, strace(place, "-e", inject))
    wrong = answered(scenario, place, result, reason)
    wrong = wrong or scenario.left(place) or scenario.mended(place)
    shutil.rmtree(place)
    return wrong and f"{call}{end}: {wrong}"


def answered(scenario, place, result, reason):
    """What is wrong with how a run ended whose calls failed."""
    made = list(calls(place / "calls"))
    broken = [one for one in made if "(INJECTED)" in one.text]
    if not broken:
        return f"no call failed: {result}"
    if result.code == 1:
        # SQLite tries again for reading what it cannot open for writing, and tells how that ends.
        is_odd = len(broken) == 1 and broken[0].name == "openat" and any(
            text in result.errors for text in ("a readonly database", "unable to open database"))
        if REASONS[reason] not in result.errors and not is_odd:
            return f"names no reason: {result}"
        names = (str(place), "standard output")
        return None if any(name in result.errors for name in names) else f"names no path: {result}"
    if result.code != 0:
        return f"ended with {result}"
    if result.summary != scenario.summary:
        return f"ended well with another result: {result.output}"
    # What is acknowledged has to be on the disk when it is.
    told = next(place for place, one in enumerate(made) if one.name == "write")
    for place, one in enumerate(made[:told]):
        if "(INJECTED)" in one.text and is_needed(one) and not is_repeated(one, made[place:told]):
            return f"ended well though {one} failed"
    return None


def is_needed(call):
    """Whether it puts data on the disk."""
    return call.file.endswith((".db", "-wal")) and call.name in ("pwrite64", "fdatasync", "fsync")


def is_repeated(call, later):
    """Whether the file was written and synced again after a call had failed."""
    names = [one.name for one in later if one.file == call.file and "(INJECTED)" not in one.text]
    return "pwrite64" in names and "fdatasync" in names[names.index("pwrite64"):]


def full_disk(command, folder, seed):
    """Fills disks of many sizes; needs the right to mount one."""
    disk = folder / "disk"
    disk.mkdir(parents=True)
    if not mounted(disk, 1024):
        yield "full disks: skipped, this user may not mount one", 0, []
        return
    subprocess.run(["umount", disk], check=True)
    scenario = Scenario(command, folder / "full", seed, is_fresh=True)
    found = [wrong for size in DISKS if (wrong := filled(scenario, disk, size))]
    yield "full disks of many sizes", len(DISKS), found


def mounted(disk, kilobytes, *options):
    """Whether a disk of a size could be mounted."""
    options = ",".join((*options, f"size={kilobytes}k"))
    mount = ["mount", "-t", "tmpfs", "-o", options, "faults", disk]
    try:
        return subprocess.run(mount, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def filled(scenario, disk, size):
    """What is wrong with an import onto a disk that is too small, and then is not."""
    mounted(disk, size)
    try:
        place = scenario.copy("full")
        (place / "data").symlink_to(disk)
        result = scenario.ingest(place)
        wrong = None
        if result.code == 1 and not (REASONS["ENOSPC"] in result.errors and "usage.db" in
                                     result.errors):
            wrong = f"names no reason or no path: {result}"
        elif result.code not in (0, 1):
            wrong = f"ended with {result}"
        elif result.code == 0 and result.summary != scenario.summary:
            wrong = f"ended well with another result: {result.output}"
        wrong = wrong or scenario.left(place)
        mounted(disk, 64 << 10, "remount")
        wrong = wrong or scenario.mended(place)
        shutil.rmtree(place)
        return wrong and f"{size} KiB: {wrong}"
    finally:
        subprocess.run(["umount", disk], check=True)
