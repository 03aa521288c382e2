"""Benchmarks: Tallystick beside a yardstick, in one run on one machine. See README.md."""
