"""Brunel's parameters, and what becomes of every number."""

from dataclasses import replace

import pytest

from bitcortex.brunel import (
    VARIANTS,
    BrunelParams,
    fixed_point,
    mapping_table,
    provenance,
    translate_v1_stochastic_lif,
    translate_v2_rate_matched,
    translate_v3_fixed_point,
    translate_v3_tutorial,
    translate_v4_bitstream_lif,
    translate_v5_izhikevich,
    translate_v8_refractory,
)
from bitcortex.models.neuron.formats import Q8_8
from bitcortex.network import lower
from bitcortex.network.brunel import brunel_ai, brunel_seed

TUTORIAL = BrunelParams()


def test_tutorials_numbers() -> None:
    assert (TUTORIAL.n_total, TUTORIAL.weight_inh, TUTORIAL.c_exc, TUTORIAL.c_inh) == (
        1000,
        0.5,
        80,
        20,
    )
    assert TUTORIAL.external_rate_hz == pytest.approx(250.0)  # 2 * 20 / (0.1 * 80 * 0.020 s)
    assert TUTORIAL.external_per_step == pytest.approx(2.0)
    v1 = translate_v1_stochastic_lif(TUTORIAL).neuron
    assert (v1["v_threshold"], v1["v_reset"], v1["tau_mem"], v1["dt"]) == (20.0, 10.0, 20.0, 0.1)
    v3 = translate_v3_tutorial(TUTORIAL)
    assert (v3.neuron.v_threshold, v3.neuron.v_reset, v3.leak_k, v3.j_exc_q) == (5120, 2560, 1, 25)
    v4 = translate_v4_bitstream_lif(TUTORIAL)
    assert (v4.w_exc, v4.w_inh, v4.popcount_scale) == (0.005, 0.025, 1.25)


@pytest.mark.parametrize(
    ("made", "preset"), [(BrunelParams.seed, brunel_seed), (BrunelParams.ai, brunel_ai)]
)
@pytest.mark.parametrize("n", [200, 1000])
def test_presets_are_the_networks(made: object, preset: object, n: int) -> None:
    network = made(n).network(3, preset.__name__)  # type: ignore[operator, attr-defined]
    assert lower(network).plan.digest == lower(preset(n, 3)).plan.digest  # type: ignore[operator]


def test_voltages_count_from_rest() -> None:
    shifted = BrunelParams(v_rest=-70.0, v_reset=-60.0, v_threshold=-50.0)
    assert lower(shifted.network()).plan.digest == lower(TUTORIAL.network()).plan.digest
    assert translate_v3_fixed_point(shifted).neuron == translate_v3_fixed_point(TUTORIAL).neuron


def test_our_q8_8_is_exact() -> None:
    for bp in (BrunelParams.seed(), BrunelParams.ai()):
        ours = {x.thing: x for x in translate_v3_fixed_point(bp).mapped}
        for thing in ("v_threshold_q", "v_reset_q", "j_exc_q", "j_inh_q"):
            limit = 2.5e-4 if thing == "v_reset_q" else 1e-9  # 12.5 J is no multiple of it
            assert abs(ours[thing].error) < limit
        assert abs(ours["tau (ms)"].error) < 1e-3
    tutorial = {x.thing: x for x in translate_v3_tutorial(TUTORIAL).mapped}
    assert tutorial["leak_k"].error == pytest.approx(-0.219, abs=1e-3)
    assert tutorial["tau (ms)"].error == pytest.approx(0.2775, abs=1e-3)


@pytest.mark.parametrize(("g", "codes"), [(5.0, (51, 255)), (6.0, (42, 252)), (0.25, (252, 63))])
def test_codes_keep_the_proportion_of_the_weights(g: float, codes: tuple[int, int]) -> None:
    found = translate_v2_rate_matched(replace(BrunelParams.seed(), g_inh=g))
    assert (found.weight_exc * 256, found.weight_inh * 256) == codes
    assert max(abs(x.error) for x in found.mapped if x.thing in ("weight_exc", "weight_inh")) < 1e-9


def test_every_number_has_its_provenance() -> None:
    for name, variant in VARIANTS.items():
        mapped = variant(BrunelParams.ai()).mapped
        assert mapped, name
        assert all(x.parameter and x.formula and x.thing for x in mapped), name
        assert provenance(BrunelParams.ai(), name).count("\n") == len(mapped) + 1


def test_mapping_table() -> None:
    table = mapping_table(TUTORIAL, ("V1", "V3t", "V2"))
    lines = table.splitlines()
    assert lines[0] == "| Brian2 | V1 | V3t | V2 |"
    (tau,) = (line for line in lines if line.startswith("| tau"))
    assert "leak_k 1 (-21.88%)" in tau
    (j,) = (line for line in lines if line.startswith("| J"))
    assert "j_exc_q 25 (-2.34%)" in j
    assert "weight_prob 0.00390625 (-21.88%)" in j


def test_variants_that_change_the_network_say_so() -> None:
    seed = BrunelParams.seed()
    assert translate_v8_refractory(seed).network == replace(seed, refractory=2.5)
    assert translate_v5_izhikevich(TUTORIAL).network.delay == 0.125  # a step


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_exc": 0}, r"n_exc must be in 1\.\."),
        ({"conn_prob": 1.5}, r"conn_prob must be in \[0, 1\], not 1.5"),
        ({"conn_prob": 0.0}, "conn_prob . n_exc must be at least 0.5, not 0"),
        ({"delay": 0.05}, r"delay must be in \[0.1, .*The shortest is a step"),
        ({"v_reset": 20.0}, "v_reset must be below v_threshold, not 20.0 >= 20.0"),
        ({"v_rest": 30.0}, "v_rest must be below v_threshold, not 30.0"),
        ({"rule": "all"}, "rule must be one of bernoulli, stratified, fixed-in-degree"),
        ({"dt": float("nan")}, "dt must be in"),
    ],
)
def test_wrong_parameters(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BrunelParams(**change)  # type: ignore[arg-type]


def test_a_leak_that_would_vanish_is_refused() -> None:
    with pytest.raises(ValueError, match=r"dt / tau_mem must be at least 0.0039.*Use a larger dt"):
        fixed_point(BrunelParams(tau_mem=30.0), Q8_8, tutorial=True)
