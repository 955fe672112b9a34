/* SPDX-License-Identifier: MIT
 * The multiplexed entry on stacks of every kind: the stack pointer and the block are near the stack's ends. */
#include "places.h"

#include <ucontext.h>

enum { LEFT = 256 }; /* bytes between the stack pointer at the call and its stack's end */

/* Blocks on a stack that ends at an inaccessible page, up to that end and beyond it. */
static void on_stack(char *end, const char *which)
{
	for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
		unsigned n = words_of[call];
		char sentence[128];
		struct sample s;

		snprintf(sentence, sizeof sentence, "from the top of %s", which);
		try_place(call, &(struct place){ end - 4 * n, end - LEFT }, 0, sentence);
		snprintf(sentence, sizeof sentence, "from 3 bytes off the top of %s", which);
		try_place(call, &(struct place){ end - 4 * n - 3, end - LEFT }, 0, sentence);
		for (unsigned k = 0; k < n; k++) {
			sample_begin(&s, call, "stacks");
			memcpy(end - 4 * k, s.words, 4 * k);
			sample_end(&s, raw_call_on(end - LEFT, (uint32_t)call, end - 4 * k, 0),
				   "from %u words at the top of %s", k, which);
		}
		sample_begin(&s, call, "stacks");
		memcpy(end - 4 * n + 1, s.words, 4 * n - 1);
		sample_end(&s, raw_call_on(end - LEFT, (uint32_t)call, end - 4 * n + 1, 0),
			   "one byte over the top of %s", which);
	}
}

static void on_own_stack(void)
{
	char *stack = pages(4);

	on_stack(stack + 4 * PAGE, "an own stack");
	for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
		try_place(call, &(struct place){ stack + 3 * PAGE, stack + 3 * PAGE + 512 }, 0,
			  "from the start of the stack's page");
		try_place(call, &(struct place){ stack + 3 * PAGE - 4, stack + 3 * PAGE + 512 }, 0,
			  "from across the stack's page");
		try_place(call, &(struct place){ stack + 3 * PAGE - 4, stack + 3 * PAGE - 200 }, 0,
			  "from across the end of the stack pointer's page");
		try_place(call, &(struct place){ stack + 3 * PAGE + 1024, stack + 3 * PAGE + 512 }, 0,
			  "from above the stack pointer");
		try_place(call, &(struct place){ stack + 3 * PAGE + 64, stack + 3 * PAGE + 2048 }, 0,
			  "from below the stack pointer");
		try_place(call, &(struct place){ stack + 3 * PAGE + 64, stack + 3 * PAGE }, 0,
			  "on a stack that ends a page");
		try_place(call, &(struct place){ stack + 3 * PAGE + 64, stack + 3 * PAGE + 8 }, 0,
			  "on a stack whose words lie around a page's end");
		try_place(call, &(struct place){ stack + 64, stack + 3 * PAGE + 509 }, 0,
			  "on a stack that is 3 bytes off");
	}
	munmap(stack, 5 * PAGE);
}

/* The page below the stack pointer's is inaccessible: blocks that begin there and end in the stack pointer's page. */
static void on_lowest_page(void)
{
	char *page = pages(3) + 2 * PAGE;

	must(mprotect(page - PAGE, PAGE, PROT_NONE), "mprotect");
	for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
		try_place(call, &(struct place){ page, page + PAGE / 2 }, 0, "from the start of a stack's lowest page");
		for (unsigned k = 1; k <= words_of[call]; k++) {
			struct sample s;

			sample_begin(&s, call, "stacks");
			memcpy(page, s.words + k, 4 * (words_of[call] - k));
			sample_end(&s, raw_call_on(page + PAGE / 2, (uint32_t)call, page - 4 * k, 0),
				   "from %u words below a stack's lowest page", k);
		}
	}
	munmap(page - 2 * PAGE, 4 * PAGE);
}

static ucontext_t main_context, other_context;

static void in_context(void)
{
	on_stack((char *)other_context.uc_stack.ss_sp + 16 * PAGE, "a context's stack");
}

static void on_context(void)
{
	getcontext(&other_context);
	other_context.uc_stack.ss_sp = pages(16);
	other_context.uc_stack.ss_size = 16 * PAGE - 2 * LEFT;
	other_context.uc_link = &main_context;
	makecontext(&other_context, in_context, 0);
	swapcontext(&main_context, &other_context);
	munmap(other_context.uc_stack.ss_sp, 17 * PAGE);
}

static char *signal_stack;

static void on_signal(int number)
{
	(void)number;
	on_stack(signal_stack + 16 * PAGE, "a signal stack");
}

static void on_signal_stack(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_size = 16 * PAGE - 2 * LEFT };

	stack.ss_sp = signal_stack = pages(16);
	must(sigaltstack(&stack, NULL), "sigaltstack");
	must(sigaction(SIGUSR1, &action, NULL), "sigaction");
	raise(SIGUSR1);
	stack.ss_flags = SS_DISABLE;
	must(sigaltstack(&stack, NULL), "sigaltstack");
	munmap(signal_stack, 17 * PAGE);
}

/* A stack that grows: a block in pages that it hasn't reached yet. */
static void on_growing_stack(void)
{
	char here;
	char *below = (char *)((uint32_t)&here - 40 * PAGE);

	for (int call = FIRST_CALL; call <= LAST_CALL; call++)
		fact(raw_call((uint32_t)call, below - (uint32_t)call * 4 * PAGE),
		     "%s from zeroes that the stack hasn't grown to", name_of[call]);
}

int main(void)
{
	oracle_begin("stacks");
	on_own_stack();
	on_lowest_page();
	on_context();
	on_signal_stack();
	on_growing_stack();
	return 0;
}
