"""The virtual environment of the other simulators: build/simulators, made once.

They need another NumPy than we do, and are no dependency of the package.
"""

import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "build" / "simulators"
REQUIREMENTS = (
    "brian2 == 2.9.0",
    "numpy < 2.3",  # Brian2 2.9.0 does not import with the one that pip would choose
    "cython",  # the run-time target of Brian2
    "setuptools",  # it compiles with it
    "nest-simulator == 3.10.0",
)


def python() -> Path:
    """Return the python of the environment; install it first if it is not there.

    Raises
    ------
    RuntimeError
        If it cannot be installed, with the last lines of the installer.
    """
    found = FOLDER / "bin" / "python"
    stamp = FOLDER / "requirements.txt"
    wanted = "\n".join(REQUIREMENTS) + "\n"
    if stamp.is_file() and stamp.read_text() == wanted:
        return found
    shutil.rmtree(FOLDER, ignore_errors=True)
    uv = REPOSITORY / ".tools" / "bin" / "uv"
    if uv.is_file():
        _install(str(uv), "venv", "--quiet", "--python", sys.executable, str(FOLDER))
        install = (str(uv), "pip", "install", "--quiet", "--compile-bytecode")
        _install(*install, "--python", str(found), *REQUIREMENTS)
    else:
        _install(sys.executable, "-m", "venv", str(FOLDER))
        _install(str(found), "-m", "pip", "install", "--quiet", *REQUIREMENTS)
    _install(str(found), "-c", "import brian2, nest")
    stamp.write_text(wanted)
    return found


def _install(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).splitlines()[-15:])
        raise RuntimeError(
            f"{' '.join(command)} must succeed, not exit with {done.returncode}. "
            f"The comparison needs Brian2 and NEST in {FOLDER}. It said:\n{said}"
        )


if __name__ == "__main__":
    print(python())
