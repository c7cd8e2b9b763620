// An SDRAM chip with a single data rate, at its pins: bursts of one word, and what is read comes 2 or
// 3 cycles later, as the mode register says.
//
// It answers only after its initialisation: CKE high for 100 us, all banks precharged, two
// refreshes, and a mode register that is valid. A command that comes too early, or that its bank is
// not ready for, or no refresh for long, breaks it: all that is read from then on is inverted, until
// the mode register is set again. Times are those of a slow chip.
module sdram_chip #(
  parameter int BITS = 16, ROW_BITS = 13, COLUMN_BITS = 9, ADDRESS_BITS = 13, BANK_BITS = 2,
  parameter int CLOCK_HZ = 50000000
) (
  input clk, cke, cs_n, ras_n, cas_n, we_n,
  input [ADDRESS_BITS-1:0] a,
  input [BANK_BITS-1:0] ba,
  input [BITS/8-1:0] dm,
  inout [BITS-1:0] dq
);
  localparam BANKS = 1 << BANK_BITS;
  localparam longint PS = 64'd1000000000000 / CLOCK_HZ;  // of a cycle
  function automatic [31:0] cycles(input longint ps);
    cycles = 32'((ps + PS - 1) / PS);
  endfunction
  localparam [31:0] POWER_UP = cycles(100000000), T_RP = cycles(20000), T_RCD = cycles(20000);
  localparam [31:0] T_RAS = cycles(44000), T_RFC = cycles(66000), T_WR = cycles(15000);
  localparam [31:0] T_REFRESH = 8 * cycles(15625000);  // eight are due by then
  localparam [3:0] MODE = 4'b0000, REFRESH = 4'b0001, PRECHARGE = 4'b0010, ACTIVE = 4'b0011;
  localparam [3:0] WRITE = 4'b0100, READ = 4'b0101, IDLE = 4'b0111;

  reg [BITS-1:0] words [0:(1 << (BANK_BITS + ROW_BITS + COLUMN_BITS)) - 1];
  reg [ROW_BITS-1:0] row [0:BANKS-1];
  // Cycles since the last one of each kind, per bank; 255 and more are the same.
  reg [7:0] active_age [0:BANKS-1], precharge_age [0:BANKS-1], write_age [0:BANKS-1];
  reg [BANKS-1:0] open = 0;
  reg [31:0] awake = 0, refresh_age = 0;
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
  integer i;
  initial for (i = 0; i < BANKS; i = i + 1) begin
    active_age[i] = 255;
    precharge_age[i] = 255;
    write_age[i] = 255;
  end

  // A read at edge n drives from edge n + latency - 1 on, for one cycle.
  assign dq = shown[last] ? out[last] : {BITS{1'bz}};

  always @(posedge clk) begin
    awake <= !cke ? 0 : awake < POWER_UP ? awake + 1 : awake;
    for (i = 0; i < BANKS; i = i + 1) begin
      if (active_age[i] != 255) active_age[i] <= active_age[i] + 1;
      if (precharge_age[i] != 255) precharge_age[i] <= precharge_age[i] + 1;
      if (write_age[i] != 255) write_age[i] <= write_age[i] + 1;
    end
    if (refresh_age < T_REFRESH) refresh_age <= refresh_age + 1;
    else if (ready) broken <= 1;
    shown <= {shown[1:0], 1'b0};
    out[1] <= out[0];
    out[2] <= out[1];
    if (ready & refresh_age + 1 < T_RFC & command != IDLE) broken <= 1;
    case (command)
      PRECHARGE: for (i = 0; i < BANKS; i = i + 1) if (a[10] | ba == i[BANK_BITS-1:0]) begin
        if (open[i] & (active_age[i] + 1 < T_RAS | write_age[i] + 1 < T_WR)) broken <= 1;
        open[i] <= 0;
        precharge_age[i] <= 0;
        closed <= closed | (a[10] & awake == POWER_UP);
      end
      MODE: begin
        mode <= a;
        broken <= open != 0;
      end
      REFRESH: begin
        refresh_age <= 0;
        if (open != 0) broken <= 1;
        for (i = 0; i < BANKS; i = i + 1) if (precharge_age[i] + 1 < T_RP) broken <= 1;
        refreshes <= refreshes == 2 ? 2 : refreshes + 1;
      end
      ACTIVE: begin
        row[ba] <= a[ROW_BITS-1:0];
        open[ba] <= 1;
        active_age[ba] <= 0;
        if (open[ba] | precharge_age[ba] + 1 < T_RP) broken <= 1;
      end
      READ, WRITE: begin
        if (!open[ba] | active_age[ba] + 1 < T_RCD) broken <= 1;
        if (command == WRITE) begin
          if (ready) words[place] <= (dq & ~masked) | (words[place] & masked);
          write_age[ba] <= 0;
        end else begin
          out[0] <= words[place] ^ {BITS{broken}};
          shown[0] <= ready;
        end
        if (a[10]) begin  // precharge by itself
          open[ba] <= 0;
          precharge_age[ba] <= 0;
        end
      end
      default: ;
    endcase
  end
endmodule
