"""Rating scripts: Python that changes the points of a scope and period, run in a process that can do nothing else."""
