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


def added(samples, count, column, unit=1):
    """For each subject, what it adds to the bare command (subject 0) of the same round; the bare command as it is."""
    table = {}
    for turn, subject, *numbers in samples:
        table.setdefault(turn, {})[subject] = numbers[column] * unit
    values = [[row[0] for row in table.values()]]
    for subject in range(1, count):
        values.append([row[subject] - row[0] for row in table.values()])
    return [summary(v) for v in values]
