"""The column engine: event-driven delivery to time-multiplexed lanes."""
