"""Twin of the stochastic STDP synapse."""

import numpy as np

from bitcortex.gateware.synapse.stdp import Stdp as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.synapse.stdp import WORD, Stdp, StdpParams
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: StdpParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Spells of pre before post, of post before pre, of chance; loads at the bounds; pauses.

    Half of the time there are no resets, or the random words would always be the first few.
    """
    spell = 400
    mood = np.repeat(rng.integers(0, 4, cycles // spell + 1), spell)[:cycles]
    pre = rng.random(cycles) < np.choose(mood, [0.1, 0.02, 0.02, 0.3])
    post = rng.random(cycles) < np.choose(mood, [0.1, 0.02, 0.02, 0.3])
    post |= (mood == 1) & np.roll(pre, 2)
    pre |= (mood == 2) & np.roll(post, 2)
    calm = np.arange(cycles) // 30_000 % 2 == 1
    one = 1 << params.bits
    load = rng.choice([0, 1, params.step, one - params.step, one - 1, one, one + 1], cycles)
    anything = rng.integers(0, 2 * one, cycles)
    return {
        "enable": (rng.random(cycles) < 0.95).astype(np.int64),
        "pre": pre.astype(np.int64),
        "post": post.astype(np.int64),
        "weight_we": (rng.random(cycles) < 0.005).astype(np.int64),
        "load": np.where(rng.random(cycles) < 0.5, anything, load),
        "rst": (rng.random(cycles) < np.where(calm, 0.0, 0.0005)).astype(np.int64),
    }


def reached(params: StdpParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    weight = trace["weight"]
    change = np.diff(weight)
    learning = stimulus["weight_we"][:-1] == 0
    one = 1 << params.bits
    conditions = {
        "release": bool(trace["released"].any()),
        "load above the top": bool((stimulus["weight_we"] & (stimulus["load"] > one)).any()),
    }
    if params.p_plus and params.window_plus:
        conditions |= {
            "potentiation": bool((learning & (change == params.step)).any()),
            "top": bool((learning & (change > 0) & (weight[1:] == one)).any()),
        }
    if params.p_minus and params.window_minus:
        conditions |= {
            "depression": bool((learning & (change == -params.step)).any()),
            "bottom": bool((learning & (change < 0) & (weight[1:] == 0)).any()),
        }
    return conditions


TWIN = Twin(
    name="synapse.stdp",
    golden=Stdp,
    gateware=Gateware,
    cases={
        "8 bit": StdpParams(p_plus=20_000, p_minus=30_000),
        "certain, 4 bit": StdpParams(4, 0, 3, 9, 1 << WORD, 1 << WORD, 3, seed=2),
        "16 bit, rare": StdpParams(16, 1 << 16, 1023, 1, 700, 60_000, 9_000, seed=3),
        "potentiation only": StdpParams(window_minus=0, p_minus=0, p_plus=60_000, step=1),
        "depression only": StdpParams(window_plus=0, p_minus=60_000),
    },
    stimulus=stimulus,
    reached=reached,
    survivors=dict.fromkeys(
        (
            "cnot0 A[4] by [0] of `stdp_pre_left_left - 1'd1` for an inner wire",
            "cnot1 Y[4] by [1] of `if ((stdp_pre_left_left != 1'd0)) begin` for an inner wire",
            "cnot0 Y[1] by [4] of `stdp_post_left_left - 1'd1` for an inner wire",
        ),
        "the hidden counter takes the same 20 steps in another order",
    ),
)
