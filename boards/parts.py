"""FPGAs of boards: those of `devices`, and their relatives in other sizes and packages."""

from dataclasses import replace

from bitcortex.boards.devices import DEVICES, Device


def _ecp5(size: str, luts: int, blocks: int, package: str = "CABGA381", speed: int = 6) -> Device:
    ball = {"CABGA381": "BG381", "CABGA256": "BG256", "CSFBGA285": "MG285"}[package]
    return replace(
        DEVICES["ecp5-85"],
        name=f"ecp5-{size}",
        part=f"LFE5U-{size}F-{speed}{ball}",
        luts=luts,
        blocks=blocks,
        place=(f"--{size}k", "--package", package, "--speed", str(speed)),
    )


ECP5_85 = _ecp5("85", 83_640, 208)
ECP5_45 = _ecp5("45", 43_848, 108)
ECP5_25 = _ecp5("25", 24_288, 56)
# The tools know it as the 25F, which the die is; its maker tests no more than this.
ECP5_12 = _ecp5("12", 12_096, 32)
ECP5_25_256 = _ecp5("25", 24_288, 56, "CABGA256")
ECP5_25_285 = _ecp5("25", 24_288, 56, "CSFBGA285", 8)
UP5K = replace(DEVICES["ice40up5k"], place=("--up5k", "--package", "sg48"))
GW1NR_9 = DEVICES["gw1nr-9"]
GW2AR_18 = DEVICES["gw2ar-18"]
