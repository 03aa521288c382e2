"""Questions about the ledger and their answers: grammar, query, shape."""
