"""The shapes of answers as OpenAPI tells them. Answers are rendered from exact decimals, not through these models."""
