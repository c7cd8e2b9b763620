"""A neuron's update as a pipeline: what all kinds share."""

from abc import abstractmethod
from collections import deque
from typing import Any, ClassVar

from bitcortex.models.model import Model


class Pipeline(Model):
    """An update that takes `LATENCY` cycles, one per cycle, without feedback.

    The outputs change only when an update ends (``out_valid``) and hold its result until the next
    one; after reset they hold no spike and the state's reset values.
    """

    LATENCY: ClassVar[int]

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.stages: deque[tuple[int, ...] | None] = deque([None] * (self.LATENCY - 1))
        resets = (field.reset for field in self.params.state_fields)
        self.out: tuple[int, ...] = (0, *resets)  # spike, next state
        self.out_valid = 0

    @abstractmethod
    def compute(
        self, state: tuple[int, ...], current: int, noise: int
    ) -> tuple[tuple[int, ...], int]:
        """Return the next state and the spike: the kind's update with its parameters."""

    def tick(self, valid: int, current: int, noise: int, *state: int) -> tuple[int, ...]:
        shown = (self.out_valid, *self.out)
        result = None
        if valid:
            following, spike = self.compute(state, current, noise)
            result = (spike, *following)
        self.stages.append(result)
        ended = self.stages.popleft()
        self.out_valid = int(ended is not None)
        self.out = ended or self.out
        return shown
