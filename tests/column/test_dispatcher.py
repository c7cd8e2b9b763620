"""The dispatcher gives each spike's jobs to the lanes: every projection, once, in its step."""

from bitcortex.models.column.dispatcher import Dispatcher
from bitcortex.models.column.layout import BITMAP, PROCEDURAL, STORED
from bitcortex.models.column.params import CoreParams
from bitcortex.network.keys import procedural_key
from bitcortex.sim.twins.column.plans import every_store

QUIET = (0, 0, 0, 0)  # the host neither writes last arrivals nor looks at them


def test_jobs_of_a_step() -> None:
    params = CoreParams(every_store(), 8)
    plan, model = params.plan, Dispatcher(params)
    spikes = [0, 5, 21, 22, 30]
    jobs: list[tuple[int, ...]] = []
    opened: list[int] = []
    queue: list[int] = []
    for cycle in range(2000):
        out = dict(zip(Dispatcher.OUTPUTS, model.outputs(), strict=True))
        if out["open"]:
            opened.append(out["open_step"])
            queue = list(spikes)
        if out["bitmap_valid"]:
            jobs.append((BITMAP, out["bitmap_address"], out["bitmap_weight"]))
        if out["stored_valid"]:
            jobs.append((STORED, out["stored_row"]))
        if out["procedural_valid"]:
            jobs.append((PROCEDURAL, out["procedural_a"], out["procedural_b"]))
        valid = int(bool(queue))
        head = queue[0] if queue else 0
        if valid and out["out_ready"]:
            queue.pop(0)
        model.tick(int(cycle == 0), 0, 0, valid, valid, head, 1, 1, 0, 0, 1, 1, 1, 1, *QUIET)
        if out["delivered"]:
            break
    assert model.delivered == 1
    assert opened == [-d % params.queue.steps for d in params.delays[: params.replays]]
    wanted: list[tuple[int, ...]] = []
    for delay in params.delays[: params.replays]:
        for spike in spikes:
            part = next(n for n in plan.names if spike < plan.first_neuron(n) + plan.size(n))
            local = spike - plan.first_neuron(part)
            for job in params.layout.jobs.get((delay, part), ()):
                if job.store == BITMAP:
                    assert params.bitmap is not None
                    wanted.append((BITMAP, (job.first + local) * params.bitmap.words, job.weight))
                elif job.store == STORED:
                    wanted.append((STORED, job.first + local))
                else:
                    wanted.append((PROCEDURAL, *procedural_key(job.seed, local)))
    assert jobs == wanted
