"""One file per twin: parameter cases, stimulus and coverage of a golden model and its gateware."""
