"""Everything that runs time: engines, compiled Verilog, verification."""
