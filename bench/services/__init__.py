"""onit as a supervisor of services, beside s6, runit and supervisor."""
