// An SDRAM chip with a single data rate, at its pins: bursts of one word, and what is read comes 2 or
// 3 cycles later, as the mode register says.
//
// It answers only after its initialisation: CKE high for POWER_UP, all banks precharged, two
// refreshes, and a mode register that is valid. A command that comes too early, or that its bank is
// not ready for, or too few refreshes, breaks it: all that is read from then on is inverted, until
// the mode register is set again. Times are in cycles. Eight refreshes may be late, but none may be
// left out: it counts the cycles since the start, less T_REFI for each refresh.
module sdram_chip #(
  parameter int BITS = 16, ROW_BITS = 13, COLUMN_BITS = 9, ADDRESS_BITS = 13, BANK_BITS = 2,
  parameter int POWER_UP = 5000, T_REFI = 391, T_RFC = 4, T_RP = 1, T_RCD = 1, T_RAS = 3, T_WR = 1
) (
  input clk, cke, cs_n, ras_n, cas_n, we_n,
  input [ADDRESS_BITS-1:0] a,
  input [BANK_BITS-1:0] ba,
  input [BITS/8-1:0] dm,
  inout [BITS-1:0] dq
);
  localparam BANKS = 1 << BANK_BITS;
  localparam int LATE = 9 * T_REFI;
  localparam [3:0] MODE = 4'b0000, REFRESH = 4'b0001, PRECHARGE = 4'b0010, ACTIVE = 4'b0011;
  localparam [3:0] WRITE = 4'b0100, READ = 4'b0101, IDLE = 4'b0111;

  reg [BITS-1:0] words [0:(1 << (BANK_BITS + ROW_BITS + COLUMN_BITS)) - 1];
  reg [ROW_BITS-1:0] row [0:BANKS-1];
  // Cycles until a bank may be read and written, precharged, and activated; and any command be given.
  reg [31:0] to_column [0:BANKS-1], to_precharge [0:BANKS-1], to_active [0:BANKS-1];
  reg [31:0] to_any = 0;
  reg [BANKS-1:0] open = 0;
  reg [31:0] awake = 0, owed = 0;
  reg [1:0] refreshes = 0;
  reg closed = 0, broken = 0;
  reg [ADDRESS_BITS-1:0] mode = 0;
  reg [BITS-1:0] out [0:2];
  reg [2:0] shown = 0;

  wire [3:0] command = cs_n ? IDLE : {1'b0, ras_n, cas_n, we_n};
  wire [BANK_BITS+ROW_BITS+COLUMN_BITS-1:0] place = {row[ba], ba, a[COLUMN_BITS-1:0]};
  wire [2:0] latency = mode[6:4];
  wire [1:0] last = latency == 3 ? 2 : 1;
  wire valid = mode[2:0] == 0 & mode[8:7] == 0 & (latency == 2 | latency == 3);
  wire ready = awake == POWER_UP & closed & refreshes == 2 & valid;
  wire [BITS-1:0] masked;
  genvar lane;
  generate for (lane = 0; lane < BITS / 8; lane = lane + 1) begin : masks
    assign masked[8*lane +: 8] = {8{dm[lane]}};
  end endgenerate
  // A precharge by itself begins one cycle after a read, and T_WR after a write.
  wire [31:0] begins = command == WRITE ? T_WR : 1;
  function automatic [31:0] later(input [31:0] x, input [31:0] y);
    later = x > y ? x : y;
  endfunction
  integer i;
  initial for (i = 0; i < BANKS; i = i + 1) begin
    to_column[i] = 0;
    to_precharge[i] = 0;
    to_active[i] = 0;
  end

  // A read at edge n drives from edge n + latency - 1 on, for one cycle.
  assign dq = shown[last] ? out[last] : {BITS{1'bz}};

  always @(posedge clk) begin
    awake <= !cke ? 0 : awake < POWER_UP ? awake + 1 : awake;
    for (i = 0; i < BANKS; i = i + 1) begin
      if (to_column[i] != 0) to_column[i] <= to_column[i] - 1;
      if (to_precharge[i] != 0) to_precharge[i] <= to_precharge[i] - 1;
      if (to_active[i] != 0) to_active[i] <= to_active[i] - 1;
    end
    if (to_any != 0) to_any <= to_any - 1;
    if (owed > LATE) broken <= ready | broken;
    else owed <= owed + 1;
    shown <= {shown[1:0], 1'b0};
    out[1] <= out[0];
    out[2] <= out[1];
    if (ready & to_any != 0 & command != IDLE) broken <= 1;
    case (command)
      PRECHARGE: for (i = 0; i < BANKS; i = i + 1) if (a[10] | ba == i[BANK_BITS-1:0]) begin
        if (open[i] & to_precharge[i] != 0) broken <= 1;
        to_active[i] <= later(to_active[i], T_RP) - 1;
        open[i] <= 0;
        closed <= closed | (a[10] & awake == POWER_UP);
      end
      MODE: begin
        mode <= a;
        broken <= open != 0 | to_any != 0;
        owed <= 0;
      end
      REFRESH: begin
        owed <= owed < T_REFI ? 0 : owed + 1 - T_REFI;
        to_any <= T_RFC - 1;
        if (open != 0) broken <= 1;
        for (i = 0; i < BANKS; i = i + 1) if (to_active[i] != 0) broken <= 1;
        refreshes <= refreshes == 2 ? 2 : refreshes + 1;
      end
      ACTIVE: begin
        row[ba] <= a[ROW_BITS-1:0];
        open[ba] <= 1;
        to_column[ba] <= T_RCD - 1;
        to_precharge[ba] <= T_RAS == 0 ? 0 : T_RAS - 1;
        if (open[ba] | to_active[ba] != 0) broken <= 1;
      end
      READ, WRITE: begin
        if (!open[ba] | to_column[ba] != 0) broken <= 1;
        if (command == WRITE) begin
          if (ready) words[place] <= (dq & ~masked) | (words[place] & masked);
          to_precharge[ba] <= later(to_precharge[ba], T_WR) - 1;
        end else begin
          out[0] <= words[place] ^ {BITS{broken}};
          shown[0] <= ready;
        end
        if (a[10]) begin  // precharge by itself
          if (to_precharge[ba] > begins) broken <= 1;
          open[ba] <= 0;
          to_active[ba] <= begins + T_RP - 1;
        end
      end
      default: ;
    endcase
  end
endmodule
