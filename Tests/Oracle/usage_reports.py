"""What reports say of weeks, days and months, in any zone, in exact fractions."""

from datetime import datetime, timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

from usage_ledger import numbers


def reports(entries, asked):
    """`asked`: kind, label, zone and first weekday (0 is Monday) of each report."""
    return [report(entries, *question) for question in asked]


def report(entries, kind, label, zone, first_weekday=0):
    days = days_of(kind, label, first_weekday)
    before = days_before(kind, days[0])
    now, old = within(entries, days, zone), within(entries, before, zone)
    total, previous = numbers(now), numbers(old)["credits"]
    result = {
        "arguments": [kind, "--period", label, "--timezone", zone]
        + (["--week-start", "sunday"] if first_weekday else []),
        "totals": total,
        "previous": {"credits": previous, "change": share(total["credits"] - previous, previous)},
        "by_day": [
            {"date": day.isoformat(), "hours": hours(day, zone)}
            | only(numbers(within(entries, [day], zone)), "requests", "credits", "errors")
            for day in days
        ],
        "groups": {},
    }
    for key, value_of in GROUPINGS.items():
        groups = {}
        for entry in now:
            groups.setdefault(value_of(entry), []).append(entry)
        result["groups"][key] = [
            {"value": value} | numbers(group)
            | {"share": share(numbers(group)["credits"], total["credits"]) or 0}
            for value, group in groups.items()
        ]
    return result


GROUPINGS = {
    "operation": lambda entry: entry.charge.operation,
    "family": lambda entry: entry.charge.operation.split(".")[0],
    "status": lambda entry: entry.record.status,
    "tag:campaign": lambda entry: entry.record.tags.get("campaign"),
    "org": lambda entry: entry.record.org,
}


def only(fields, *names):
    return {name: fields[name] for name in names}


def share(part, whole):
    """Rounded half away from zero to six decimals."""
    if not whole:
        return None
    value = Fraction(part) / Fraction(whole) * 1_000_000
    rounded = int(abs(value) + Fraction(1, 2))
    return Fraction(rounded if value >= 0 else -rounded, 1_000_000)


def start(day, zone):
    """The first instant of a day, in milliseconds, found by looking at clocks."""
    zone = ZoneInfo(zone)
    at = datetime(day.year, day.month, day.day, tzinfo=timezone.utc) - timedelta(hours=30)
    step = timedelta(minutes=15)
    while at.astimezone(zone).date() < day:
        at += step
    return int(at.timestamp()) * 1_000


def hours(day, zone):
    return (start(day + timedelta(days=1), zone) - start(day, zone)) // 3_600_000


def within(entries, days, zone):
    low, high = start(days[0], zone), start(days[-1] + timedelta(days=1), zone)
    return [entry for entry in entries if low <= entry.record.time < high]


def days_of(kind, label, first_weekday):
    if kind == "daily":
        return [datetime.strptime(label, "%Y-%m-%d").date()]
    if kind == "monthly":
        first = datetime.strptime(label + "-01", "%Y-%m-%d").date()
        days = [first]
        while (days[-1] + timedelta(days=1)).month == first.month:
            days.append(days[-1] + timedelta(days=1))
        return days
    monday = datetime.strptime(label + "-1", "%G-W%V-%u").date()
    # A week that starts on a Sunday starts the day before.
    first = monday - timedelta(days=1) if first_weekday == 6 else monday
    return [first + timedelta(days=number) for number in range(7)]


def days_before(kind, first):
    if kind == "monthly":
        last = first - timedelta(days=1)
        return days_of("monthly", last.strftime("%Y-%m"), 0)
    length = 7 if kind == "weekly" else 1
    return [first - timedelta(days=length - number) for number in range(length)]
