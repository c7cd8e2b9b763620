"""The device's end of the framed link, golden: bytes to frames to bus cycles."""
