#!/usr/bin/env python3
"""An independent estimate, in exact fractions, that knows the rules and none of the code.

    estimate.py make SEED LINES    writes a random campaign as JSON
    estimate.py price              reads such a campaign, writes one line of
                                   low expected high micro-credits for each operation
"""

import json
import math
import random
import sys
from fractions import Fraction

# unit price (low, expected, high), block, whether a started block is paid
PRICES = {
    "enrichment.waterfall": ((1, 2, 3), 1, False),
    "email.verify_external": ((1, 1, 1), 1, False),
    "copilot.chat": ((1, 1, 1), 1000, True),
    "inbox.draft": ((1, 1, 1), 1000, True),
    "skill.execute_llm": ((1, 1, 1), 1000, True),
    "page.chat": ((1, 1, 1), 1000, True),
    "studio.generate": ((1, 1, 1), 1000, True),
    "voice.outbound": ((20, 20, 20), 1, True),
    "meeting.book": ((20, 20, 20), 1, False),
    "sequence.enroll": ((1, 1, 1), 1, False),
    "campaign.launch": ((1, 1, 1), 1, False),
    "newsletter.send": ((1, 1, 1), 1, False),
    "intent.process": ((1, 1, 1), 10, False),
    "events.ingest": ((1, 1, 1), 10, False),
}
UNITS = {
    "enrichment.waterfall": "provider_hits", "email.verify_external": "verifications",
    "voice.outbound": "minutes", "meeting.book": "bookings", "sequence.enroll": "steps",
    "campaign.launch": "steps", "newsletter.send": "recipients", "intent.process": "events",
    "events.ingest": "events",
}
# drivers that count billed items, and those that make the size of one
DRIVERS = {
    "enrichment.waterfall": ([], ["records", "fields_per_record", "hit_rate"]),
    "voice.outbound": (["calls", "connect_rate"], ["minutes_per_call"]),
    "sequence.enroll": ([], ["contacts", "steps_per_contact"]),
    "campaign.launch": ([], ["contacts", "steps_per_contact"]),
    "newsletter.send": (["newsletters"], ["recipients"]),
}
LLM = (["calls"], ["tokens_per_call"])
# micro-credits of a line; the sum of all must fit 64 bits
LIMIT = 10**15
OPTIONAL = {"fields_per_record", "hit_rate", "connect_rate", "newsletters"}
RATES = {"hit_rate", "connect_rate"}


def drivers(operation):
    return LLM if PRICES[operation][1] == 1000 else DRIVERS.get(operation)


def number(rng, rate):
    """A decimal as text: whole, or with up to six digits behind the point."""
    digits = rng.choice([0, 0, 1, 2, 3, 6])
    if rate:
        return f"{rng.randint(0, 10**6) / 10**6:.{max(digits, 1)}f}"
    whole = rng.choice([rng.randint(0, 9), rng.randint(0, 999), rng.randint(0, 99999)])
    return str(whole) if digits == 0 else f"{whole}.{rng.randint(0, 10**digits - 1):0{digits}d}"


def value(rng, rate=False):
    """A number, [low, high] or [low, expected, high], as JSON text."""
    count = rng.choice([1, 1, 2, 3])
    numbers = sorted((number(rng, rate) for _ in range(count)), key=Fraction)
    return numbers[0] if count == 1 else "[" + ", ".join(numbers) + "]"


def make(seed, lines):
    rng = random.Random(seed)
    operations = []
    while len(operations) < lines:
        operation = rng.choice(list(PRICES))
        fields = {"operation": json.dumps(operation), "label": '"line"'}
        known = drivers(operation)
        if known and (operation not in UNITS or rng.random() < 0.7):
            for name in known[0] + known[1]:
                if name not in OPTIONAL or rng.random() < 0.6:
                    fields[name] = value(rng, name in RATES)
        else:
            fields[UNITS.get(operation, "tokens")] = value(rng)
        if rng.random() < 0.25:
            fields["credits_per_unit"] = value(rng)
        line = {k: json.loads(v, parse_float=str, parse_int=str) for k, v in fields.items()}
        if price(line, 2) > LIMIT:
            continue
        operations.append("{" + ", ".join(f'"{k}": {v}' for k, v in fields.items()) + "}")
    print('{"name": "random", "operations": [\n' + ",\n".join(operations) + "]}")


def cases(text):
    """The three cases of a value; a pair has its middle as expected."""
    values = [Fraction(x) for x in (text if isinstance(text, list) else [text])]
    if len(values) == 1:
        return values * 3
    if len(values) == 2:
        return [values[0], (values[0] + values[1]) / 2, values[1]]
    return values


def price(line, case):
    operation = line["operation"]
    prices, block, up = PRICES[operation]
    known = drivers(operation)
    items, size = Fraction(1), Fraction(1)
    direct = UNITS.get(operation, "tokens")
    names = [n for n in (known[0] + known[1] if known else []) if n in line]
    if names:
        for name in names:
            if name in known[0]:
                items *= cases(line[name])[case]
            else:
                size *= cases(line[name])[case]
    else:
        size = cases(line[direct])[case]
    if "credits_per_unit" in line:
        credits = items * size * cases(line["credits_per_unit"])[case]
    elif up:
        credits = items * math.ceil(size / block) * prices[case]
    else:
        credits = items * size / block * prices[case]
    return math.floor(credits * 1_000_000 + Fraction(1, 2))


def main():
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), int(sys.argv[3]))
        return
    campaign = json.load(sys.stdin, parse_float=str, parse_int=str)
    for line in campaign["operations"]:
        print(*(price(line, case) for case in range(3)))


main()
