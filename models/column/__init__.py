"""The column engine, golden: lanes, connection stores, spike queue and core, cycle by cycle."""
