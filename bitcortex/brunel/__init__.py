"""Brunel's network translated into stochastic computing and hardware, twenty times.

Importing this package enters the variants V1 to V20 in `VARIANTS`.
"""

from bitcortex.brunel.fixed import (
    FixedPoint,
    fixed_point,
    translate_v3_fixed_point,
    translate_v3_tutorial,
    translate_v11_fixed_point_32,
    translate_v11_tutorial,
)
from bitcortex.brunel.hybrid import (
    BitSynapses,
    translate_v4_bitstream_lif,
    translate_v14_sobol,
)
from bitcortex.brunel.kinds import (
    Homeostatic,
    Recovery,
    translate_v5_izhikevich,
    translate_v6_homeostatic,
)
from bitcortex.brunel.lif import (
    Compiled,
    Voltage,
    run_voltage,
    translate_v1_stochastic_lif,
    translate_v7_noise,
    translate_v8_refractory,
    translate_v18_numba,
    translate_v19_torch,
    translate_v20_numpy,
    voltage,
)
from bitcortex.brunel.mapping import mapping_table, provenance
from bitcortex.brunel.params import PRESETS, BrunelParams
from bitcortex.brunel.probability import (
    Devices,
    Probabilities,
    translate_v2_rate_matched,
    translate_v13_dot_product,
    translate_v15_jax,
    translate_v17_memristive,
)
from bitcortex.brunel.real import Real, translate_v9_brian2_timing, translate_v10_exact_leak
from bitcortex.brunel.registry import (
    VARIANTS,
    Equality,
    Mapped,
    Outcome,
    Translated,
    Variant,
    find,
    variant,
)
from bitcortex.brunel.reservoir import Reservoir, translate_v16_reservoir
from bitcortex.brunel.stdp import Plastic, translate_v12_stdp
from bitcortex.brunel.work import Work

__all__ = [
    "PRESETS",
    "VARIANTS",
    "BitSynapses",
    "BrunelParams",
    "Compiled",
    "Devices",
    "Equality",
    "FixedPoint",
    "Homeostatic",
    "Mapped",
    "Outcome",
    "Plastic",
    "Probabilities",
    "Real",
    "Recovery",
    "Reservoir",
    "Translated",
    "Variant",
    "Voltage",
    "Work",
    "find",
    "fixed_point",
    "mapping_table",
    "provenance",
    "run_voltage",
    "translate_v1_stochastic_lif",
    "translate_v2_rate_matched",
    "translate_v3_fixed_point",
    "translate_v3_tutorial",
    "translate_v4_bitstream_lif",
    "translate_v5_izhikevich",
    "translate_v6_homeostatic",
    "translate_v7_noise",
    "translate_v8_refractory",
    "translate_v9_brian2_timing",
    "translate_v10_exact_leak",
    "translate_v11_fixed_point_32",
    "translate_v11_tutorial",
    "translate_v12_stdp",
    "translate_v13_dot_product",
    "translate_v14_sobol",
    "translate_v15_jax",
    "translate_v16_reservoir",
    "translate_v17_memristive",
    "translate_v18_numba",
    "translate_v19_torch",
    "translate_v20_numpy",
    "variant",
    "voltage",
]

# In the order of the tutorial, each tutorial's mapping behind the variant it is of.
for _name in sorted(VARIANTS, key=lambda name: (int(name[1:].rstrip("t")), name)):
    VARIANTS[_name] = VARIANTS.pop(_name)
