"""What is asked of a forecast, and how far it is off."""

import hashlib

import numpy

HORIZON = 28
REACH = 120  # days that a run-out is looked for
LEVELS = numpy.array([0.025, 0.1, 0.5, 0.9, 0.975])
RUNWAYS = (10, 20, 40, 60)  # days of recent use that a balance is
SHORT = 42
LEAST = 84  # days of history before an origin


class Question:
    """The past of a series up to an origin, and what came."""

    def __init__(self, name, values, count, short):
        self.name = name
        past = values[:count]
        self.past = past[-SHORT:] if short else past
        self.future = values[count : count + HORIZON]
        self.scale = naive_error(self.past)
        rate = numpy.nanmean(past[-HORIZON:])
        after = numpy.nan_to_num(values[count : count + REACH])
        self.runways, self.balances, self.days = [], [], []
        for days in RUNWAYS:
            reached = numpy.flatnonzero(numpy.cumsum(after) >= days * rate)
            if rate > 0 and len(reached) > 0:
                self.runways.append(days)
                self.balances.append(days * rate)
                self.days.append(int(reached[0]) + 1)


def naive_error(values):
    errors = numpy.abs(values[7:] - values[:-7])
    return numpy.nanmean(errors) if numpy.isfinite(errors).any() else numpy.nan


def is_reported(name):
    """Half of the series choose models, the other half is only reported."""
    return hashlib.md5(name.encode()).digest()[0] % 2 == 1


def questions(series, short):
    """Up to four origins a series, the last with four weeks left and the others earlier."""
    for name, _, values in series:
        values = numpy.array([numpy.nan if v is None else v for v in values], dtype=float)
        known = numpy.flatnonzero(numpy.isfinite(values))
        if len(known) == 0:
            continue
        values = values[known[0] : known[-1] + 1]
        for back in (HORIZON, 66, 104, 142):
            count = len(values) - back
            if count < LEAST:
                break
            question = Question(name, values, count, short)
            recent = question.past[-HORIZON:]
            if question.scale > 0 and numpy.isfinite(question.future).sum() >= 14 \
                    and numpy.isfinite(recent).sum() >= 14:
                yield question


class Scores:
    """Errors of one method, by series."""

    def __init__(self):
        self.mase, self.loss, self.loss5 = {}, {}, {}
        self.held80 = self.held95 = self.steps = 0
        self.runout, self.runout_held, self.runouts = {}, 0, 0
        self.days_off = []

    def add(self, question, expected, quantiles):
        """`quantiles`: by step, those of LEVELS."""
        known = numpy.isfinite(question.future)
        actual, expected = question.future[known], expected[: len(known)][known]
        quantiles = quantiles[: len(known)][known]
        error = numpy.abs(actual - expected).mean() / question.scale
        self.mase.setdefault(question.name, []).append(error)
        over = actual[:, None] - quantiles
        loss = 2 * numpy.maximum(LEVELS * over, (LEVELS - 1) * over).mean(0) / question.scale
        self.loss.setdefault(question.name, []).append(loss[1:4].mean())
        self.loss5.setdefault(question.name, []).append(loss.mean())
        slack = 1e-9 * numpy.maximum(1, numpy.abs(actual))
        self.held80 += ((actual >= quantiles[:, 1] - slack) & (actual <= quantiles[:, 3] + slack)).sum()
        self.held95 += ((actual >= quantiles[:, 0] - slack) & (actual <= quantiles[:, 4] + slack)).sum()
        self.steps += len(actual)

    def add_runout(self, question, dates):
        """`dates`: by balance, days with a chance of 10, 50 and 90 %."""
        for runway, day, (early, middle, late) in zip(question.runways, question.days, dates):
            score = late - early + 10 * max(0, early - day) + 10 * max(0, day - late)
            self.runout.setdefault(question.name, []).append(score / runway)
            self.runout_held += early <= day <= late
            self.days_off.append(abs(day - middle))
            self.runouts += 1

    def mean(self, by_name):
        return numpy.mean([numpy.mean(v) for v in by_name.values()]) if by_name else numpy.nan

    def row(self, naive):
        return {
            "mase": self.mean(self.mase) / naive.mean(naive.mase),
            "wql": self.mean(self.loss) / naive.mean(naive.loss),
            "wql5": self.mean(self.loss5) / naive.mean(naive.loss5),
            "held80": self.held80 / max(1, self.steps),
            "held95": self.held95 / max(1, self.steps),
            "worst": max(numpy.max(v) for v in self.mase.values()),
            "runout": self.mean(self.runout),
            "runout_held": self.runout_held / max(1, self.runouts),
            "days_off": numpy.mean(self.days_off) if self.days_off else numpy.nan,
        }
