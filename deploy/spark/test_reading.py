"""Tests of how ratings are read, run by a job of deploy/spark/test (test_same.py)."""

import datetime

from pyspark.sql import SparkSession

from latent_ratings import RatingsError, Source

_DAYS = datetime.date(2026, 3, 1), datetime.date(2026, 2, 1)
# Two ratings of a pair, the newer one first: the column of their times, the times, and the error if they are not
# times.
_TIMES = {
    "numbers": ("time long", (20, 3), ""),
    "dates": ("time date", _DAYS, ""),
    "times without a zone": ("time timestamp_ntz", tuple(datetime.datetime(*day.timetuple()[:3]) for day in _DAYS), ""),
    "texts of times": ("time string", ("2026-03-01 00:00:00", "2026-02-01T00:00:00Z"), ""),
    "texts that are none": ("time string", ("later", "soon"), "has no time in time")}


def failures(spark: SparkSession, folder: str) -> int:
    """Runs all cases and returns the number of failures."""
    count = 0

    def expect(what: str, found: object, wanted: object) -> None:
        nonlocal count
        if found != wanted:
            count += 1
            print(f"{what}: {found}, NOT {wanted}", flush=True)

    def read(place: str, time: str | None, repeats: str) -> object:
        source = Source(place, Source.form_of(place), "", "user", "item", "value", time, repeats)
        try:
            return sorted(map(tuple, source.read(spark, None).collect()))
        except RatingsError as error:
            return str(error)

    for name, (column, times, said) in _TIMES.items():
        place = f"{folder}/{name.replace(' ', '-')}.parquet"
        rows = [(1, "a", 5.0, times[0]), (1, "a", 2.0, times[1])]
        spark.createDataFrame(rows, f"user int, item string, value double, {column}").write.parquet(place)
        found = read(place, "time", "newest")
        if said:
            expect(name, isinstance(found, str) and said in found, True)
        else:
            expect(name, found, [(1, "a", 5.0)])
    names = "user.id", "the item", "a`value", "rated.at"
    place = f"{folder}/names.parquet"
    columns = ", ".join("`" + name.replace("`", "``") + "` " + kind
                        for name, kind in zip(names, ("int", "string", "double", "long"), strict=True))
    spark.createDataFrame([(1, "a", 5.0, 7), (1, "a", 2.0, 3)], columns).write.parquet(place)
    source = Source(place, "parquet", "", *names, "newest")
    expect("names", sorted(map(tuple, source.read(spark, None).collect())), [(1, "a", 5.0)])
    expect("names of users", source.users(spark).collect()[0][0], 1)
    for name, lines, wanted in (
            ("quotes", '"a ""b""",1,2\n', [('a "b"', 1, 2.0)]),
            ("whole numbers", "007,1,2\n", [("007", 1, 2.0)]),
            ("pairs", "7,1,2\n7,1,3\n", "several ratings"),
            ("no number", "7,1,many\n", "are not numbers"),
            ("no item", "7,,3\n", "no user or no item"),
            ("a long item", f"7,{'x' * 1025},3\n", "longer than 1024 bytes"),
            ("nothing", "", "there are no ratings")):
        place = f"{folder}/{name.replace(' ', '-')}.csv"
        with open(place, "w", encoding="utf-8") as file:
            file.write("user,item,value\n" + lines)
        found = read(place, None, "error")
        expect(name, wanted in found if isinstance(wanted, str) and isinstance(found, str) else found,
               True if isinstance(wanted, str) else wanted)
    return count
