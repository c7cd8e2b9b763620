"""The packages on disk, the list in pyproject.toml and the links must say the same."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("boards", "firmware", "gateware", "host", "models", "sim")
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


def packages_on_disk() -> set[str]:
    found = set()
    for top in ("bitcortex", *FOLDERS):
        prefix = "" if top == "bitcortex" else "bitcortex."
        for init in (ROOT / top).rglob("__init__.py"):
            folder = init.parent.relative_to(ROOT)
            if any(
                ROOT.joinpath(*folder.parts[: i + 1]).is_symlink() for i in range(len(folder.parts))
            ):
                continue
            found.add(prefix + ".".join(folder.parts))
    return found


def test_every_package_is_listed() -> None:
    assert sorted(packages_on_disk()) == CONFIG["packages"]


def test_every_folder_with_python_is_a_package() -> None:
    for top in ("bitcortex", *FOLDERS):
        for source in (ROOT / top).rglob("*.py"):
            assert (source.parent / "__init__.py").exists(), f"{source.parent} needs __init__.py"


@pytest.mark.parametrize("folder", FOLDERS)
def test_link_and_mapping(folder: str) -> None:
    link = ROOT / "bitcortex" / folder
    assert link.is_symlink()
    assert link.readlink() == Path("..") / folder
    assert CONFIG["package-dir"][f"bitcortex.{folder}"] == folder


def test_no_machine_path_in_the_tree() -> None:
    """Nothing in the tree may depend on where it was written."""
    for top in (*FOLDERS, "bitcortex", "docs", "benchmarks", "examples"):
        for path in (ROOT / top).rglob("*"):
            if path.suffix in {".py", ".md", ".json", ".toml"} and path.is_file():
                assert "/" + "work/" not in path.read_text(), path
