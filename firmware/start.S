/* Where the CPU begins: a stack, variables that are 0, and main. */

    .section .text.start, "ax"
    .globl start
start:
    la sp, stack_top
    la t0, bss_first
    la t1, bss_end
clear:
    bgeu t0, t1, ready
    sw zero, 0(t0)
    addi t0, t0, 4
    j clear
ready:
    call main
stop: /* main does not return */
    j stop
