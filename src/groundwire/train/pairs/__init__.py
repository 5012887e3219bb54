"""Where labelled pairs come from."""
