"""What others forecast: the peers in the same run."""

import subprocess

import numpy

from measures import HORIZON, LEVELS, REACH


def filled(values):
    """Missing days as those of the week before, else as the mean."""
    values = values.copy()
    for place in numpy.flatnonzero(~numpy.isfinite(values)):
        before = values[place - 7] if place >= 7 else numpy.nan
        values[place] = before if numpy.isfinite(before) else numpy.nanmean(values)
    return values


def naive(past):
    return numpy.tile(filled(past)[-7:], HORIZON // 7)


def weekdays(past):
    """The mean of the last four equal weekdays."""
    weeks = min(4, len(past) // 7)
    return numpy.tile(filled(past)[-7 * weeks :].reshape(weeks, 7).mean(0), HORIZON // 7)


def weekday_bands(past):
    """Empirical quantiles of what the weekday means missed at past origins."""
    past = filled(past)
    errors = []
    for count in range(28, len(past) - 1, 3):
        ahead = past[count : count + HORIZON]
        errors.append(ahead - weekdays(past[:count])[: len(ahead)])
    centre = weekdays(past)
    if not errors:
        return numpy.repeat(centre[:, None], len(LEVELS), 1)
    bands = centre[:, None] + numpy.quantile(numpy.concatenate(errors), LEVELS)
    return numpy.maximum(bands, 0) if (past >= 0).all() else bands


def burn_rate(question):
    """The plain rate of 28 days, with quantiles of how it did before."""
    past = filled(question.past)
    sums = numpy.concatenate([[0], numpy.cumsum(past)])
    dates = []
    for runway, balance in zip(question.runways, question.balances):
        ratios = []
        for count in range(14, len(past), 3):
            rate = (sums[count] - sums[max(0, count - 28)]) / min(28, count)
            if rate <= 0:
                continue
            reached = numpy.searchsorted(sums, sums[count] + rate * runway)
            if reached <= len(past):
                ratios.append((reached - count) / runway)
        low, high = numpy.quantile(ratios, [0.1, 0.9]) if len(ratios) > 5 else (0.7, 1.4)
        dates.append([min(REACH, runway * r) for r in (min(low, 1), 1, max(high, 1))])
    return dates


def fitted(questions):
    """AutoETS and optimised Theta of statsforecast: forecasts and quantiles by question."""
    from statsforecast.models import AutoETS, OptimizedTheta

    results = []
    for question in questions:
        past = filled(question.past)
        found = {}
        for name, model in (("ets", AutoETS), ("theta", OptimizedTheta)):
            try:
                answer = model(season_length=7).forecast(y=past, h=HORIZON, level=[80, 95])
                columns = [answer[key] for key in ("lo-95", "lo-80", "mean", "hi-80", "hi-95")]
                found[name] = numpy.stack(columns, 1)
            except Exception:
                found[name] = numpy.repeat(weekdays(past)[:, None], len(LEVELS), 1)
        results.append(found)
    return results


def ours(binary, questions):
    """Expected values, quantiles and run-outs by question."""
    lines = []
    for question in questions:
        values = ",".join("" if numpy.isnan(v) else repr(float(v)) for v in question.past)
        lines.append(f"{REACH} {','.join(map(repr, map(float, question.balances)))} {values}")
    run = subprocess.run(
        [binary], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True
    )
    for line in run.stdout.splitlines():
        steps, _, dates = line.partition(" ")
        numbers = numpy.array([[float(n) for n in s.split(",")] for s in steps.split(";")])
        dates = [[float(d or REACH) for d in s.split(",")] for s in dates.split(";") if s]
        yield numbers[:HORIZON, 0], numbers[:HORIZON, 1:], dates
