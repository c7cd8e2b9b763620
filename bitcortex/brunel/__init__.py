"""Brunel's network translated into stochastic computing and hardware, twenty times."""

from bitcortex.brunel import voltage as _v  # noqa: F401
from bitcortex.brunel import fixed_point as _f  # noqa: F401
from bitcortex.brunel import kinds as _k  # noqa: F401
from bitcortex.brunel import hybrid as _h  # noqa: F401
from bitcortex.brunel import probability as _p  # noqa: F401
from bitcortex.brunel import reservoir as _r  # noqa: F401
from bitcortex.brunel.params import PRESETS, BrunelParams
from bitcortex.brunel.variant import VARIANTS, find, variant
from bitcortex.brunel.work import Work
