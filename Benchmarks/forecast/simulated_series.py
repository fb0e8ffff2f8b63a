"""Simulated histories of credit usage: what real teams do, with the truth known."""

import datetime
import random

KINDS = ("weekdays", "campaigns", "bursts", "intermittent", "level shift", "growth")


def noise(draw, mean, spread):
    """A non-negative amount around `mean`, skewed as usage is."""
    return mean * draw.lognormvariate(-spread * spread / 2, spread) if mean > 0 else 0.0


def usage(draw, kind, days):
    """Credits by day."""
    level = 10 ** draw.uniform(1.5, 4.5)
    weekend = draw.choice([0, 0, 0.05, 0.2, 0.5])
    week = [draw.uniform(0.8, 1.2) for _ in range(5)] + [weekend, weekend * draw.uniform(0.5, 1)]
    spread = draw.uniform(0.1, 0.5)
    growth = draw.uniform(-0.0015, 0.0015)
    if kind == "growth":
        growth = draw.uniform(0.002, 0.008)
    shift_day, shift = days, 1.0
    if kind == "level shift":
        shift_day = draw.randrange(days // 4, days - days // 4)
        shift = draw.choice([0.3, 0.5, 2, 3])
    campaign_left, campaign = 0, 0.0
    walk = 1.0
    for day in range(days):
        walk *= draw.lognormvariate(0, 0.01)
        mean = level * walk * (1 + growth) ** day * week[day % 7] * (shift if day >= shift_day else 1)
        if kind == "campaigns":
            if campaign_left == 0 and draw.random() < 0.04:
                campaign_left, campaign = draw.randrange(3, 12), draw.uniform(1, 4)
            if campaign_left > 0:
                campaign_left -= 1
                mean *= 1 + campaign
        if kind == "bursts" and draw.random() < 0.03:
            mean = level * walk * draw.uniform(4, 12)
        if kind == "intermittent" and draw.random() < 0.7:
            mean = 0.0
        yield round(noise(draw, mean, spread), 3)


def simulated_series(count):
    """Name, first day and values of each series, the same on every run."""
    for number in range(count):
        draw = random.Random(f"creditmeter {number}")
        kind = KINDS[number % len(KINDS)]
        days = draw.choice([200, 300, 400, 600])
        first = datetime.date(2025, 1, 6) + datetime.timedelta(days=draw.randrange(300))
        # The week starts on a Monday whatever the first day is.
        values = list(usage(draw, kind, days + first.weekday()))[first.weekday() :]
        missing = draw.choice([0, 0, 0, 0.01])
        values = [None if draw.random() < missing else value for value in values]
        yield f"simulated-{kind.replace(' ', '-')}-{number:02}", first, values
