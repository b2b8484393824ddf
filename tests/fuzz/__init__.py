"""Valid files by many writers and what may happen to them: for property tests and `make fuzz`."""
