"""Medians with their uncertainty."""
import math


def quantile(ordered, fraction):
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]


def summary(values):
    """`low` to `high` is the 95 % confidence interval of the median, from the order of the values alone."""
    ordered = sorted(values)
    half = 0.98 * math.sqrt(len(ordered)) / len(ordered)
    return {
        "median": quantile(ordered, 0.5),
        "low": quantile(ordered, max(0.0, 0.5 - half)),
        "high": quantile(ordered, min(1.0, 0.5 + half)),
        "q1": quantile(ordered, 0.25),
        "q3": quantile(ordered, 0.75),
        "min": ordered[0],
    }


def plain(samples, count, column, unit=1):
    """For each subject, of the numbers of one column."""
    values = [[] for _ in range(count)]
    for _, subject, *numbers in samples:
        values[subject].append(numbers[column] * unit)
    return [summary(v) if v else None for v in values]


def by_round(samples, column, unit):
    """Round -> subject -> number."""
    table = {}
    for turn, subject, *numbers in samples:
        table.setdefault(turn, {})[subject] = numbers[column] * unit
    return table


def added(samples, count, column, unit=1):
    """For each subject, what it adds to the bare command (subject 0) of the same round; the bare command as it is."""
    table = by_round(samples, column, unit)
    values = [[row[0] for row in table.values()]]
    for subject in range(1, count):
        values.append([row[subject] - row[0] for row in table.values()])
    return [summary(v) for v in values]


def difference(samples, first, second, column, unit=1):
    """Median of the second subject's difference to the first in the same round, and from where to where it may be: 99 %
    confidence, from the medians of the laps. In a lap all rounds are of the same files and mostly the same processes, so
    they do not count as many."""
    laps = {}
    for (lap, _), row in by_round(samples, column, unit).items():
        laps.setdefault(lap, []).append(row[second] - row[first])
    ordered = sorted(quantile(sorted(values), 0.5) for values in laps.values())
    spare = spare_at_each_end(len(ordered), 0.99)
    return {"median": (quantile(ordered, 0.5) + quantile(ordered[::-1], 0.5)) / 2,
            "low": ordered[spare], "high": ordered[-1 - spare]}


def spare_at_each_end(count, confidence):
    """How many of the lowest and of the highest may be left out, so that the median still lies among the rest with this
    confidence; 0 if it does not even among all."""
    outside = 0.0  # how probable it is that the median is beyond one end
    for spare in range(count // 2):
        outside += math.comb(count, spare) / 2 ** count
        if 1 - 2 * outside < confidence:
            return max(0, spare - 1)
    return 0
