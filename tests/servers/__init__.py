"""Real servers for tests, benchmarks and chaos: on free ports, started and stopped at will."""
