"""The column engine, cycle by cycle."""

from bitcortex.models.model import Model


class Core(Model):
    INPUTS = (
        "start", "steps", "pause", "host_we", "host_space", "host_lane", "host_address",
        "host_data", "in_valid", "in_mark", "in_delay", "in_id", "event_ready",
    )  # fmt: skip
    OUTPUTS = (
        "busy", "step", "in_ready", "event_valid", "event_step", "event_neuron", "hash",
        "overflow", "host_state", "host_word",
    )  # fmt: skip
