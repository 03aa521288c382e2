"""Real servers for tests, benchmarks and chaos: each on free ports of this machine, each stopped and started at will."""
