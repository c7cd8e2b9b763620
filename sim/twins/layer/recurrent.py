"""Twin of the recurrent layer."""

import numpy as np

from bitcortex.gateware.layer.recurrent import Recurrent as Gateware
from bitcortex.models.layer.recurrent import Recurrent, RecurrentParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.layer import dense


def stimulus(params: RecurrentParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """That of the dense layer, with any state read in any cycle."""
    made = dense.stimulus(params.dense, rng, cycles)
    del made["spikes"]
    return made | {"state_index": rng.integers(0, params.n_neurons, cycles)}


def reached(params: RecurrentParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    busy, done, state = trace["busy"], trace["done"], trace["out_state"]
    writes = stimulus["weight_we"] | stimulus["code_we"]
    one = 1 << params.bits
    return {
        "start while busy": bool((stimulus["start"] & busy).any()),
        "start in the cycle of done": bool((stimulus["start"] & done).any()),
        "reseed while busy": bool((stimulus["reseed"] & busy).any()),
        "reseed while idle": bool((stimulus["reseed"] & (1 - busy)).any()),
        "write while busy": bool((writes & busy).any()),
        "write in the cycle of done": bool((writes & done).any()),
        "state written": bool(
            (stimulus["code_we"] & (1 - busy) & (stimulus["code_input"] >= params.n_inputs)).any()
        ),
        "state clipped to 0": bool((trace["out_valid"] & (state == 0)).any()),
        "state clipped to 1": bool((trace["out_valid"] & (state == one)).any()),
        "state between": bool(((state > 0) & (state < one)).any()),
        "state read": bool((trace["state"] > 0).any()),
    }


TWIN = Twin(
    name="layer.recurrent",
    golden=Recurrent,
    gateware=Gateware,
    cases={
        "1 -> 2, 16, 4 bits": RecurrentParams(1, 2, length=16, bits=4, shift=1, seed=31),
        "1 -> 1, lfsr 9, 3 bits": RecurrentParams(1, 1, 9, "lfsr", bits=3, seed=32),
        "3 -> 5, 256": RecurrentParams(3, 5, length=256, shift=1, seed=33),
        "4 -> 16, lfsr 64, 5 bits": RecurrentParams(4, 16, 64, "lfsr", bits=5, shift=1, seed=34),
    },
    stimulus=stimulus,
    reached=reached,
    survivors={
        "const0 A[4] of `if (recurrent_read_re)` for memory_1_dat1[0]": (
            "the memory's last word is used in the cycle after the read only"
        ),
        "cnot1 Y[4] by [5] of `if (recurrent_dense_later_last2) begin` for an inner wire": (
            "a count of 32 and more gives the state 16, with and without its bit 4"
        ),
        "cnot1 Q[3] by [4] of `always @(posedge sys_clk) begin` "
        "for recurrent_dense_out_inhibitory[0]": (
            "an inhibitory count of 16 takes two of the three inputs: the state is 0 anyway"
        ),
        "const0 A[2] of `if (recurrent_dense_later_last2) begin` for an inner wire": (
            "a count is used in the cycle of its out_valid only"
        ),
        "const1 Y[0] of `recurrent_out_valid & (~recurrent1)` for recurrent_write_we[0]": (
            "out_index and out_state are kept, so the same word is written again"
        ),
    },
)
