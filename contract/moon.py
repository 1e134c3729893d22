"""New moons and the sun's place, as exactly as a calendar of whole days needs.

Law of the room: arithmetic only; days are those of UTC+7. The series are Jean Meeus's: Astronomical
Algorithms, chapters 25 and 49, and for the sun's perturbations Astronomical Formulae for Calculators,
chapter 18.
"""

from functools import lru_cache
from math import floor, inf, radians, sin
from typing import Final

_ORDINAL_TO_JULIAN: Final = 1_721_424.5  # Julian date of midnight UT at the start of an ordinal day
_ZONE_DAYS: Final = 7 / 24

# days; how many times the sun's anomaly, the moon's anomaly, the moon's argument of latitude
_PHASE_TERMS: Final = (
    (-0.40720, 0, 1, 0),
    (0.17241, 1, 0, 0),
    (0.01608, 0, 2, 0),
    (0.01039, 0, 0, 2),
    (0.00739, -1, 1, 0),
    (-0.00514, 1, 1, 0),
    (0.00208, 2, 0, 0),
    (-0.00111, 0, 1, -2),
    (-0.00057, 0, 1, 2),
    (0.00056, 1, 2, 0),
    (-0.00042, 0, 3, 0),
    (0.00042, 1, 0, 2),
    (0.00038, 1, 0, -2),
    (-0.00024, -1, 2, 0),
    (-0.00007, 2, 1, 0),
    (0.00004, 0, 2, -2),
    (0.00004, 3, 0, 0),
    (0.00003, 1, 1, -2),
    (0.00003, 0, 2, 2),
    (-0.00003, 1, 1, 2),
    (0.00003, -1, 1, 2),
    (-0.00002, -1, 1, -2),
    (-0.00002, 1, 3, 0),
    (0.00002, 0, 4, 0),
)
# amplitude in days; degrees at the epoch; degrees per lunation
_PLANET_TERMS: Final = (
    (0.000325, 299.77, 0.107408),
    (0.000165, 251.88, 0.016321),
    (0.000164, 251.83, 26.651886),
    (0.000126, 349.42, 36.412478),
    (0.000110, 84.66, 18.206239),
    (0.000062, 141.74, 53.303771),
    (0.000060, 207.14, 2.453732),
    (0.000056, 154.84, 7.306860),
    (0.000047, 34.52, 27.261239),
    (0.000042, 207.19, 0.121824),
    (0.000040, 291.34, 1.844379),
    (0.000037, 161.72, 24.198154),
    (0.000035, 239.56, 25.513099),
    (0.000023, 331.55, 3.592518),
)
# before this year; years counted from; coefficients of the seconds, constant first (Espenak and Meeus)
_DELTA_T: Final = (
    (1920.0, 1900, (-2.79, 1.494119, -0.0598939, 0.0061966, -0.000197)),
    (1941.0, 1920, (21.20, 0.84493, -0.0761, 0.0020936)),
    (1961.0, 1950, (29.07, 0.407, -1 / 233, 1 / 2547)),
    (1986.0, 1975, (45.45, 1.067, -1 / 260, -1 / 718)),
    (2005.0, 2000, (63.86, 0.3345, -0.060374, 0.0017275, 0.000651814, 0.00002373599)),
    (2050.0, 2000, (62.92, 0.32217, 0.005589)),
    (2150.0, 1820, (-205.724, 0.5628, 0.0032)),
    (inf, 1820, (-20.0, 0.0, 0.0032)),
)


@lru_cache(maxsize=4_096)
def new_moon_day(moon: int) -> int:
    """Return the ordinal of the UTC+7 day of new moon number `moon` (0 is that of 2000-01-06)."""
    return floor(_new_moon(moon) + _ZONE_DAYS - _ORDINAL_TO_JULIAN)


@lru_cache(maxsize=4_096)
def sun_sector_at_midnight(ordinal: int) -> int:
    """Return the sun's sector (0-11, of 30 degrees, 0 from the March equinox) as a day begins."""
    return floor(_sun_degrees(ordinal + _ORDINAL_TO_JULIAN - _ZONE_DAYS) / 30) % 12


def _new_moon(moon: int) -> float:
    """Return the Julian date (UT) of a new moon, right to 21 s where the Earth's turning is known."""
    k, t = float(moon), moon / 1236.85
    mean = 2_451_550.09766 + 29.530588861 * k + t * t * (0.00015437 - 0.00000015 * t)
    eccentricity = 1 - 0.002516 * t - 0.0000074 * t * t
    sun = 2.5534 + 29.1053567 * k - 0.0000014 * t * t
    anomaly = 201.5643 + 385.81693528 * k + t * t * (0.0107582 + 0.00001238 * t)
    latitude = 160.7108 + 390.67050284 * k - t * t * (0.0016118 + 0.00000227 * t)
    node = 124.7746 - 1.56375588 * k + 0.0020672 * t * t
    found = mean - 0.00017 * sin(radians(node))
    for size, of_sun, of_anomaly, of_latitude in _PHASE_TERMS:
        angle = of_sun * sun + of_anomaly * anomaly + of_latitude * latitude
        found += size * eccentricity ** abs(of_sun) * sin(radians(angle))
    for size, start, step in _PLANET_TERMS:
        found += size * sin(radians(start + step * k))
    return found - _delta_t_days(found)


def _sun_degrees(julian_ut: float) -> float:
    """Return the sun's apparent longitude, right to 0.005 degrees (7 min)."""
    julian = julian_ut + _delta_t_days(julian_ut)
    t = (julian - 2_451_545.0) / 36_525
    mean = 280.46646 + 36_000.76983 * t + 0.0003032 * t * t
    m = radians(357.52911 + 35_999.05029 * t - 0.0001537 * t * t)
    centre = (
        (1.914602 - 0.004817 * t - 0.000014 * t * t) * sin(m)
        + (0.019993 - 0.000101 * t) * sin(2 * m)
        + 0.000289 * sin(3 * m)
    )
    u = t + 1.0  # this older series counts centuries from 1900
    perturbed = (
        0.00134 * sin(radians(153.23 + 90 + 22_518.7541 * u))
        + 0.00154 * sin(radians(216.57 + 90 + 45_037.5082 * u))
        + 0.00200 * sin(radians(312.69 + 90 + 32_964.3577 * u))
        + 0.00179 * sin(radians(350.74 + 445_267.1142 * u))
        + 0.00178 * sin(radians(231.19 + 20.20 * u))
    )
    apparent = -0.00569 - 0.00478 * sin(radians(125.04 - 1_934.136 * t))
    return (mean + centre + perturbed + apparent) % 360


def _delta_t_days(julian: float) -> float:
    """Return how far uniform time is ahead of the turning Earth: a minute in 2000, then a guess."""
    year = 2000 + (julian - 2_451_545.0) / 365.25
    origin, coefficients = next(
        (origin, coefficients) for last, origin, coefficients in _DELTA_T if year < last
    )
    seconds = 0.0
    for coefficient in reversed(coefficients):
        seconds = seconds * (year - origin) + coefficient
    return seconds / 86_400
