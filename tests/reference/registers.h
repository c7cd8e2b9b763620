/* Made by bitcortex.network.registers.c_header: do not edit. */
#ifndef BITCORTEX_REGISTERS_H
#define BITCORTEX_REGISTERS_H

#define BITCORTEX_MAGIC_VALUE 0x78637462u
#define BITCORTEX_MAP_VERSION_VALUE 1u

/* ro. Says that this is the accelerator: the bytes of btcx. */
#define BITCORTEX_MAGIC_OFFSET 0x000u
#define BITCORTEX_MAGIC_WORDS 1u

/* ro. Version of this table. */
#define BITCORTEX_MAP_VERSION_OFFSET 0x004u
#define BITCORTEX_MAP_VERSION_WORDS 1u

/* ro. SHA-256 of the Plan, its first byte the lowest of the first word. */
#define BITCORTEX_DIGEST_OFFSET 0x008u
#define BITCORTEX_DIGEST_WORDS 8u

/* ro. Lanes of the engine. */
#define BITCORTEX_LANES_OFFSET 0x028u
#define BITCORTEX_LANES_WORDS 1u

/* ro. Neurons of all populations. */
#define BITCORTEX_NEURONS_OFFSET 0x02cu
#define BITCORTEX_NEURONS_WORDS 1u

/* ro. Populations. */
#define BITCORTEX_POPULATIONS_OFFSET 0x030u
#define BITCORTEX_POPULATIONS_WORDS 1u

/* ro. Clock of the engine in Hz. */
#define BITCORTEX_CLOCK_HZ_OFFSET 0x034u
#define BITCORTEX_CLOCK_HZ_WORDS 1u

/* ro. Recorded spikes and marks that the engine holds; 0 without recorded sources. */
#define BITCORTEX_FEED_DEPTH_OFFSET 0x038u
#define BITCORTEX_FEED_DEPTH_WORDS 1u

/* ro. What the engine has. */
#define BITCORTEX_FEATURES_OFFSET 0x03cu
#define BITCORTEX_FEATURES_WORDS 1u
#define BITCORTEX_FEATURES_RECORDED_MASK 0x00000001u /* Takes recorded spikes. */
#define BITCORTEX_FEATURES_RECORDED_SHIFT 0u
#define BITCORTEX_FEATURES_PLASTIC_MASK 0x00000002u /* Has plastic synapses: their weights can be looked at. */
#define BITCORTEX_FEATURES_PLASTIC_SHIFT 1u

/* pulse. Makes something happen. */
#define BITCORTEX_CONTROL_OFFSET 0x040u
#define BITCORTEX_CONTROL_WORDS 1u
#define BITCORTEX_CONTROL_START_MASK 0x00000001u /* Run as many steps as `steps` says; ignored while busy. */
#define BITCORTEX_CONTROL_START_SHIFT 0u
#define BITCORTEX_CONTROL_RESET_MASK 0x00000002u /* Reset engine, loader and tracer. Synapses stay; write the states again once `busy` has fallen. */
#define BITCORTEX_CONTROL_RESET_SHIFT 1u
#define BITCORTEX_CONTROL_CLEAR_LOAD_MASK 0x00000004u /* Set `crc`, `loaded` and `load_error` to 0: the next word is a header. */
#define BITCORTEX_CONTROL_CLEAR_LOAD_SHIFT 2u
#define BITCORTEX_CONTROL_CLEAR_TRACE_MASK 0x00000008u /* Forget the words of the trace, `spikes` and `population_spikes`. */
#define BITCORTEX_CONTROL_CLEAR_TRACE_SHIFT 3u

/* rw. Steps of the next run. */
#define BITCORTEX_STEPS_OFFSET 0x044u
#define BITCORTEX_STEPS_WORDS 1u

/* rw. Whether no step begins; up to three that have begun end first. */
#define BITCORTEX_PAUSE_OFFSET 0x048u
#define BITCORTEX_PAUSE_WORDS 1u

/* rw. Whether spikes go to the trace; else they are counted and hashed only. */
#define BITCORTEX_RECORD_OFFSET 0x04cu
#define BITCORTEX_RECORD_WORDS 1u

/* ro. What is going on. */
#define BITCORTEX_STATUS_OFFSET 0x050u
#define BITCORTEX_STATUS_WORDS 1u
#define BITCORTEX_STATUS_BUSY_MASK 0x00000001u /* Steps are left, or the sweep after a reset is running. */
#define BITCORTEX_STATUS_BUSY_SHIFT 0u
#define BITCORTEX_STATUS_OVERFLOW_MASK 0x00000002u /* The spike queue was full, and the engine has stopped for good: reset it. */
#define BITCORTEX_STATUS_OVERFLOW_SHIFT 1u
#define BITCORTEX_STATUS_TRACE_PENDING_MASK 0x00000004u /* Words of the trace wait. */
#define BITCORTEX_STATUS_TRACE_PENDING_SHIFT 2u
#define BITCORTEX_STATUS_LOOK_READY_MASK 0x00000008u /* `look_state` and `look_word` show what `look` and `look_address` ask for. */
#define BITCORTEX_STATUS_LOOK_READY_SHIFT 3u
#define BITCORTEX_STATUS_LOAD_ERROR_MASK 0x00000030u /* 1: a header that is not of this engine. 2: a write while the engine was busy. 3: a recorded spike that found no room for long. All words since then were ignored. */
#define BITCORTEX_STATUS_LOAD_ERROR_SHIFT 4u

/* ro. Steps done, modulo 2^32. */
#define BITCORTEX_STEP_OFFSET 0x054u
#define BITCORTEX_STEP_WORDS 1u

/* ro. Hash of all spikes since the reset. */
#define BITCORTEX_HASH_OFFSET 0x058u
#define BITCORTEX_HASH_WORDS 2u

/* ro. CRC-32 of all words loaded since the last clear_load. */
#define BITCORTEX_CRC_OFFSET 0x060u
#define BITCORTEX_CRC_WORDS 1u

/* ro. Their number. */
#define BITCORTEX_LOADED_OFFSET 0x064u
#define BITCORTEX_LOADED_WORDS 1u

/* ro. Recorded spikes and marks that can be loaded now. */
#define BITCORTEX_FEED_ROOM_OFFSET 0x068u
#define BITCORTEX_FEED_ROOM_WORDS 1u

/* rw. What is looked at between runs, as in a header of the image. */
#define BITCORTEX_LOOK_OFFSET 0x06cu
#define BITCORTEX_LOOK_WORDS 1u
#define BITCORTEX_LOOK_LANE_MASK 0x07f00000u /* Lane, or unit of the drive generators. */
#define BITCORTEX_LOOK_LANE_SHIFT 20u
#define BITCORTEX_LOOK_SPACE_MASK 0xf0000000u /* Space. */
#define BITCORTEX_LOOK_SPACE_SHIFT 28u

/* rw. And at which address; reading the window `peek` moves it on. */
#define BITCORTEX_LOOK_ADDRESS_OFFSET 0x070u
#define BITCORTEX_LOOK_ADDRESS_WORDS 1u

/* ro. A neuron's state, or a stored synapse's weight. */
#define BITCORTEX_LOOK_STATE_OFFSET 0x074u
#define BITCORTEX_LOOK_STATE_WORDS 2u

/* ro. A drive generator, or the step of a row's last arrival. */
#define BITCORTEX_LOOK_WORD_OFFSET 0x07cu
#define BITCORTEX_LOOK_WORD_WORDS 2u

/* ro. Spikes since the last clear_trace. */
#define BITCORTEX_SPIKES_OFFSET 0x084u
#define BITCORTEX_SPIKES_WORDS 2u

/* ro, per population. The same of every population, modulo 2^32. */
#define BITCORTEX_POPULATION_SPIKES_OFFSET 0x08cu
#define BITCORTEX_POPULATION_SPIKES_WORDS 1u

#endif
