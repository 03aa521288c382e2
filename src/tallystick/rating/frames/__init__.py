"""Rating in Python: points as frames of a scope and period, handed to a process of their own and taken back."""
